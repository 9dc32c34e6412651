"""茶乡随手拍: a county's civic-issue reports, from a finger on the map to a square on the heat map."""

import os

# GDAL looks inside a file for what it is, whatever its name: some kinds run commands, open other files or ask the network.
# It must be told which kinds it may not know before anything loads it.
NOT_READ = (
    *("GDALG", "OGR_VRT", "HTTP", "WFS", "OAPIF", "OGCAPI", "CSW", "EEDA", "AmigoCloud", "Carto", "Elasticsearch", "NGW"),
    *("PLSCENES", "ADBC", "GPSBabel", "AIVector", "AVCBin", "AVCE00", "MiraMonVector", "MVT", "PMTiles", "MBTiles", "OSM"),
    *("GTFS", "EDIGEO", "S57", "SXF", "Selafin", "VDV", "VFK", "VICAR", "WAsP", "PDS4", "OGR_PDS", "PCIDSK", "Idrisi"),
    *("LVBAG", "OpenFileGDB", "MapInfo File", "MapML", "JML", "GML", "GeoRSS", "GPX", "DGN", "DXF", "ODS", "XLSX"),
)
os.environ.setdefault("GDAL_SKIP", ",".join(NOT_READ))
os.environ.setdefault("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".none")
