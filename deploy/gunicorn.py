"""What the web server's log says of a request: its path without what was asked, which may be somebody's words."""

access_log_format = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(M)sms "%(a)s"'
