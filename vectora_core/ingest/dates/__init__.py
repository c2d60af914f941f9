"""Written dates: of the dates an entry carries, the most trusted one that can be read, in UTC.

It does no I/O, looks at no clock and never guesses: a date is read completely or it is None. ``words`` knows months and
zones, ``written`` reads one text, ``links`` reads the date in a URL, ``rare`` asks dateparser for the languages left.

Left unread on purpose, because reading them would be guessing: dates without a day or a year (``April 2026``), relative
ones (``2 hours ago``: they mean another day at every re-run), ``03/04/2026`` where neither language nor format says what
comes first, ranges and several different dates in one text, the date of an event (``Webinar on May 3, 2026``), and
years outside 1990 to 2100.
"""
