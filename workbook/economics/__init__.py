"""What a function does under load that no laptop can make: simulated, checked and priced."""
