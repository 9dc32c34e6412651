#!/usr/bin/env bash
# An authority of the county's own, and a certificate of it for one computer.
# usage: deploy/make_ca.sh NAME [ADDRESS…]      such as: deploy/make_ca.sh chaxiang.lan 10.1.2.3
# Run again (each year, or for another name) it keeps the authority, so phones need nothing new.
set -euo pipefail
umask 077

(($#)) || { sed -n '2,4s/^# //p' "$0" >&2 && exit 2; }
HOME_OF_CA=${CA_DIR:-/etc/chaxiang-ca}
name=$1
names=DNS:$name
for address in "${@:2}"; do names+=,IP:$address; done

mkdir -p "$HOME_OF_CA"
chmod 0755 "$HOME_OF_CA"
cd "$HOME_OF_CA"
if [[ ! -e ca.key ]]; then
    openssl ecparam -genkey -name prime256v1 -noout -out ca.key
    # pathlen 0: nothing that it signs is an authority itself.
    openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=Chaxiang 311 own authority" -out ca.crt \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign
fi
openssl ecparam -genkey -name prime256v1 -noout -out server.key
openssl req -new -key server.key -subj "/CN=$name" -out server.csr
# 397 days: phones refuse longer ones.
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 397 -out server.crt \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\nbasicConstraints=CA:FALSE\n' "$names")
rm server.csr
chmod 0644 ca.crt server.crt
echo "In $HOME_OF_CA: server.crt and server.key for nginx, ca.crt for every phone and computer; keep ca.key where only you can read it."
