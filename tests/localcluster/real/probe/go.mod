module localcluster/probe

go 1.26.0
