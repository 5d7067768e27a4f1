import GuestInit

var start = GuestBoot()
start.run()
print("adyton-init is process 1 of a sealed machine, and nothing anywhere else.")
