module bench-html

go 1.22
