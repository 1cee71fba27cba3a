# The whole agent as processes under faults of the network, the broker, the machine: tests/README.md, "Faults".
tillpost_test(network_fault_test SOURCES network_test.cpp LINK tillpost::support LABELS fault-slow)
tillpost_test(own_network_test SOURCES own_network_test.cpp LINK tillpost::support LABELS fault-slow)
tillpost_test(scripted_broker_test SOURCES scripted_broker_test.cpp LINK tillpost::support LABELS fault-slow)
tillpost_test(broker_fault_test SOURCES broker_test.cpp LINK tillpost::support LABELS fault-slow)
tillpost_test(process_fault_test SOURCES process_test.cpp LINK tillpost::support LABELS fault-slow)
tillpost_test(storage_fault_test SOURCES storage_test.cpp LINK tillpost::support LABELS fault-slow)
add_dependencies(storage_fault_test tillpost_disk_shim)
tillpost_test(peer_broker_test SOURCES peer_broker_test.cpp LINK tillpost::support LABELS fault-slow)
