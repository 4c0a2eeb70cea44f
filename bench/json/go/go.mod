module bench/json

go 1.22
