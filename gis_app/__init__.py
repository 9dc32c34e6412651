"""茶乡随手拍: a county's civic-issue reports, from a finger on the map to a square on the heat map."""
