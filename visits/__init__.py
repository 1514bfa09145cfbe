"""What we talk about: visits, slots, rules, identity, codes. Pure: no clock, no chance, no network, no disk."""
