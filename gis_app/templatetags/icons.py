"""Pictograms of this service, drawn on a 24 × 24 field with a 2 px pen; each is the inside of an <svg>."""

WATER = (
    '<path d="M3 17c1.5-1.4 3-1.4 4.5 0s3 1.4 4.5 0 3-1.4 4.5 0 3 1.4 4.5 0M3 21c1.5-1.4 3-1.4 4.5 0s3 1.4 4.5 0 '
    '3-1.4 4.5 0 3 1.4 4.5 0"/>'
)

ICONS = {
    # the twelve kinds of the first page
    "lamp": (
        '<path d="M4 22h5M6.5 22V6a3.5 3.5 0 0 1 3.5-3.5h4"/><path d="M12 8.5a4 4 0 0 1 8 0z"/>'
        '<path d="M14 12v2M16.5 12.5v3M19 12v2"/>'
    ),
    "bin": '<path d="M4 9h16M6 9l1.5 12h9L18 9M10 13v4M14 13v4"/><path d="M6.5 9l1.2-3.5 3 1L13 3l3 3.5 1.5 2.5"/>',
    "road": ('<path d="M8 3L3 21M16 3l5 18M12 3v3"/><path d="M9 12.5l2-2 2 1 2-.5 1 2.5-1.5 1.5.5 2-3 .5-2.5-.5-.5-2-1-1z"/>'),
    "manhole": '<ellipse cx="12" cy="16" rx="9" ry="4.5"/><path d="M8 15h8M9 17.5h6M12 11.5V3M10 8.5l2 3 2-3"/>',
    "car": (
        '<path d="M3 18v-4l2-1 1.8-4h6.4l2.3 4 4 1v4"/><path d="M3 18h1.5M9.5 18h5M19.5 18H20"/>'
        '<circle cx="7" cy="18" r="2"/><circle cx="17" cy="18" r="2"/><path d="M17 3l4 4M21 3l-4 4"/>'
    ),
    "stall": (
        '<path d="M4 4h16l1 5H3z"/>'
        '<path d="M3 9c0 3 4.5 3 4.5 0 0 3 4.5 3 4.5 0 0 3 4.5 3 4.5 0 0 3 4.5 3 4.5 0M5 12v9M19 12v9M5 16h14"/>'
    ),
    "litter": (
        '<path d="M9 7C5 10 3.5 14 4.5 18c.6 2.4 2.5 3 7.5 3s6.9-.6 7.5-3c1-4-.5-8-4.5-11"/>'
        '<path d="M8 3l2 1.5L12 3l2 1.5L16 3l-1 4H9zM8 14c0-1.5.5-2.5 1.5-3.5"/>'
    ),
    "sewage": '<path d="M3 4h9v7H3M12 5.5h2v4h-2M14 7.5h2a4 4 0 0 1 4 4v1.5"/>' + WATER,
    "water": '<path d="M12 2.5c2.6 3 4 5 4 7a4 4 0 0 1-8 0c0-2 1.4-4 4-7z"/>' + WATER,
    "noise": '<path d="M4 9.5h3.5L13 5v14l-5.5-4.5H4zM16 9.5c1.2 1.5 1.2 3.5 0 5M18.5 7c2.6 3 2.6 7 0 10"/>',
    "fire": (
        '<path d="M12 2.5c.5 4 6 6.5 6 12a6 6 0 0 1-12 0c0-2.5 1-4.5 2.5-6 .2 1.5.8 2.5 1.8 3 .2-3.5.2-6 1.7-9z"/>'
        '<path d="M12 20.5a2.6 2.6 0 0 1-2.6-2.8c0-1.6 1.6-2.4 2.6-4.2 1 1.8 2.6 2.6 2.6 4.2A2.6 2.6 0 0 1 12 20.5z"/>'
    ),
    "river": '<path d="M6.5 12.5L5 8.5l7-3 1.5-2.5 2.5-1 1.5 3.5-2.5 1-.5 3L8 12.5M9 7l1.5 4"/>' + WATER,
    # acts and things
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "locate": '<circle cx="12" cy="12" r="6"/><circle cx="12" cy="12" r="1"/><path d="M12 2v4M12 18v4M2 12h4M18 12h4"/>',
    "camera": (
        '<path d="M3 8a1 1 0 0 1 1-1h3.5L9 4.5h6L16.5 7H20a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z"/>'
        '<circle cx="12" cy="13" r="4"/>'
    ),
    "check": '<path d="M4 13l5 5L20 6.5"/>',
    "cross": '<path d="M5 5l14 14M19 5L5 19"/>',
    "copy": '<path d="M9 9h11v11H9z"/><path d="M6 15H4V4h11v2"/>',
    "share": '<path d="M8 10H5v11h14V10h-3M12 15V3M8 6.5L12 3l4 3.5"/>',
    "back": '<path d="M15 4l-8 8 8 8"/>',
    "list": '<path d="M9 6h12M9 12h12M9 18h12M4 6h.01M4 12h.01M4 18h.01"/>',
    "arrow": '<path d="M21 3L3 10.5l7.5 3L13.5 21z"/>',
    "warning": '<path d="M12 3L2 20.5h20zM12 9.5v5.5M12 17.5v.5"/>',
    "phone": (
        '<path d="M6 3h3l1.5 5-2 1.5c1 2.5 3 4.5 5.5 5.5l1.5-2 5 1.5v3c0 1.5-1 2.5-2.5 2.5C10.5 19.5 3.5 12.5 3.5 5.5 '
        '3.5 4 4.5 3 6 3z"/>'
    ),
    "map": '<path d="M3 6l6-2.5 6 2.5 6-2.5V18l-6 2.5L9 18l-6 2.5zM9 3.5V18M15 6v14.5"/>',
    "shield": '<path d="M12 2.5l8 3V11c0 5-3.5 8.5-8 10.5C7.5 19.5 4 16 4 11V5.5z"/>',
    "people": (
        '<circle cx="9" cy="7.5" r="3.5"/>'
        '<path d="M2.5 20.5c0-4 2.5-6.5 6.5-6.5s6.5 2.5 6.5 6.5M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2.2.8 3.5 2.8 3.5 6"/>'
    ),
    "time": '<circle cx="12" cy="12" r="9"/><path d="M12 6.5V12l4 2"/>',
    "offline": '<path d="M7 18.5a4.5 4.5 0 0 1-.5-9M10 6.5a6 6 0 0 1 8 4 4 4 0 0 1 2 7M3 3l18 18"/>',
    "login": '<path d="M10 4h10v16H10M3 12h11M10 8l4 4-4 4"/>',
    "contrast": '<circle cx="12" cy="12" r="9"/><path d="M12 3v18a9 9 0 0 0 0-18z" fill="currentColor"/>',
}
LEAF = (
    '<path d="M12 1.5C7.5 5.5 5 9 5 13.5c0 4 2.5 7 7 9 4.5-2 7-5 7-9 0-4.5-2.5-8-7-12z" fill="currentColor" '
    'stroke="none"/>'
    '<path d="M12 8v11M12 12.5L9 10M12 12.5l3-2.5M12 16.5L8.5 14M12 16.5l3.5-2.5" stroke="#fff" stroke-width="1.6"/>'
)
