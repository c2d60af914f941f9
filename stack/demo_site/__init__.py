"""The web site of the demo: feeds, a press list, a JSON API and the pages they link to, written anew for every day."""
