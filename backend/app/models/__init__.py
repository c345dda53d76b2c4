"""The data that every door, service and engine speaks. pydantic and the standard library only."""
