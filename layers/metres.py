"""Shapes in metres and back: WGS84 on one side, EPSG:4545 on the other, corner by corner."""

import numpy as np
import shapely

from layers.crs import from_metres, to_metres


def flat(shapes):
    """WGS84 shapes (one or an array) in metres, EPSG:4545."""
    return shapely.transform(shapes, lambda at: np.column_stack(to_metres(*at.T)))


def round_again(shapes):
    """Shapes in metres, EPSG:4545 (one or an array), back in WGS84; equal points stay equal."""
    return shapely.transform(shapes, lambda at: np.column_stack(from_metres(*at.T)))


def polygonal(shape):
    """The valid polygons that a shape is made of, as one Polygon or MultiPolygon; an empty one for None."""
    if not (shapely.is_valid(shape) or shape is None):
        shape = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    if shape is not None and shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [one for part in shapely.get_parts(shape) for one in shapely.get_parts(part) if one.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
