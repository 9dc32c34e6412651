"""Map science without Django and without a database: arrays and geometries in, arrays, frames and drawings out."""
