#!/usr/bin/env bash
# Refreshes the vendored browser code from npm. Needed by nobody who only runs the service: the results are committed.
# usage: deploy/vendor.sh          fetch again and rewrite the digests
#        deploy/vendor.sh --check  compare what is here with its digests
set -euo pipefail
cd "$(dirname "$0")/.."

WANTED=(
    # package version  folder under which it is kept     files out of the package
    "leaflet 1.9.4 gis_app/static/vendor dist/leaflet.js dist/leaflet.css LICENSE"
    "axe-core 4.14.1 tests/vendor axe.min.js LICENSE"
)

fetch() { # name version folder file...
    local name=$1 version=$2 home="$3/$1-$2" packed
    shift 3
    packed=$(mktemp -d)
    (cd "$packed" && npm pack --silent "$name@$version" >/dev/null && tar xzf ./*.tgz)
    rm -rf "$home" && mkdir -p "$home"
    for file in "$@"; do cp "$packed/package/$file" "$home/$(basename "$file")"; done
    # The map of the source is not shipped, so nothing may ask for it.
    sed -i '/^\/\/# sourceMappingURL=/d' "$home"/*.js
    if [ "$name" = leaflet ]; then cut_pictures "$home/leaflet.css"; fi
    (cd "$home" && sha256sum -- * >SHA256SUMS)
    rm -rf "$packed"
    echo "$home"
}

cut_pictures() { # Leaflet's own pin and layer button are not used: our pin is an inline drawing
    sed -i -E 's/background-image: url\(images\/[^)]*\);//; s/behavior: url\(#default#VML\);//' "$1"
}

for line in "${WANTED[@]}"; do
    read -r name version folder files <<<"$line"
    if [ "${1:-}" = --check ]; then
        (cd "$folder/$name-$version" && sha256sum --quiet --check SHA256SUMS)
    else
        fetch "$name" "$version" "$folder" $files
    fi
done
