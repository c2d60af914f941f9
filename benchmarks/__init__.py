"""What Vectora costs, against peers and in one run: `make bench`."""
