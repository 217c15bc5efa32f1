//go:build !race

package ec2backend

const raceEnabled = false
