"""Stand-in until the page is there."""

from fastapi import APIRouter

router = APIRouter()
