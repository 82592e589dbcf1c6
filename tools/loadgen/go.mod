module skm.dev/loadgen

go 1.24
