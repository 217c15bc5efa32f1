package adt

import (
	"math"
	"math/bits"
	"math/rand/v2"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// PRNG is PostgreSQL's pseudo-random generator (xoroshiro128**, pg_prng.c), so
// that setseed gives the same sequences.
type PRNG struct{ s0, s1 uint64 }

// Randomizer is a Session that keeps a generator for random() and setseed().
type Randomizer interface{ Random() *PRNG }

// NewPRNG makes a generator with a random seed.
func NewPRNG() *PRNG {
	p := &PRNG{}
	p.seed(rand.Uint64())
	return p
}

func (p *PRNG) seed(seed uint64) {
	next := func() uint64 { // splitmix64
		seed += 0x9e3779b97f4a7c15
		v := seed
		v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
		v = (v ^ v>>27) * 0x94d049bb133111eb
		return v ^ v>>31
	}
	p.s0, p.s1 = next(), next()
	if p.s0 == 0 && p.s1 == 0 {
		p.s0, p.s1 = 0x5851f42d4c957f2d, 0x14057b7ef767814f
	}
}

func (p *PRNG) next() uint64 {
	s0, sx := p.s0, p.s1^p.s0
	v := bits.RotateLeft64(s0*5, 7) * 9
	p.s0 = bits.RotateLeft64(s0, 24) ^ sx ^ sx<<16
	p.s1 = bits.RotateLeft64(sx, 37)
	return v
}

// Float64 is a number in [0, 1).
func (p *PRNG) Float64() float64 { return math.Ldexp(float64(p.next()>>12), -52) }

func (p *PRNG) normal() float64 {
	u1, u2 := 1-p.Float64(), 1-p.Float64()
	return math.Sqrt(-2*mathLog(u1)) * mathSin(2*math.Pi*u2)
}

// prng is the session's generator.
func (c *Call) prng() *PRNG {
	if r, ok := c.Env.Session.(Randomizer); ok {
		return r.Random()
	}
	if p, ok := c.Memo.(*PRNG); ok {
		return p
	}
	p := NewPRNG()
	c.Memo = p
	return p
}

// randomFuncs are random, random_normal and setseed.
func randomFuncs() Funcs {
	return Funcs{
		"drandom": C0(func(c *Call) (float64, error) { return c.prng().Float64(), nil }),
		"drandom_normal": C2(func(c *Call, mean, stddev float64) (float64, error) {
			return stddev*c.prng().normal() + mean, nil
		}),
		"setseed": C1(func(c *Call, seed float64) (Void, error) {
			if !(seed >= -1 && seed <= 1) {
				return Void{}, pgerr.New(pgerrcode.InvalidParameterValue,
					"setseed parameter %s is out of allowed range [-1,1]", appendFloat(nil, seed, 64, &Env{ExtraFloatDigits: -9}))
			}
			c.prng().seed(uint64(int64((1<<52 - 1) * seed)))
			return Void{}, nil
		}),
	}
}
