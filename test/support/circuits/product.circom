pragma circom 2.1.0;

// A circuit with the interface that the compiler's own have (public C, r, s; private x), small enough for tests of setup and
// proving. Its model is y = floor(x[0] * x[1] / 256) on uint8. It has no Poseidon: C is bound to the proof, but not to the values.

template Bits(n) {
    signal input in;
    signal output out[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        out[i] <-- (in >> i) & 1;
        out[i] * (out[i] - 1) === 0;
        sum += out[i] * (1 << i);
    }
    sum === in;
}

template Product() {
    signal input x[2];
    signal output y;
    component range[2];
    for (var i = 0; i < 2; i++) {
        range[i] = Bits(8);
        range[i].in <== x[i];
    }
    component product = Bits(16);
    product.in <== x[0] * x[1];
    var high = 0;
    for (var i = 0; i < 8; i++) high += product.out[8 + i] * (1 << i);
    y <== high;
}

// Both parts public: e_1 = x[0] * 256 + x[1], e_2 = y.
template PublicProduct() {
    signal input C;
    signal input r;
    signal input s;
    signal input x[2];
    component model = Product();
    model.x <== x;
    signal bound <== C * C;
    signal r2 <== r * r;
    signal t1 <== (x[0] * 256 + x[1]) * r;
    signal t2 <== model.y * r2;
    s === t1 + t2;
}

// Input committed: e_1 = its commitment, e_2 = y. A stand-in: the commitment is whatever makes the sum come out.
template CommittedProduct() {
    signal input C;
    signal input r;
    signal input s;
    signal input x[2];
    signal input inputSalt;
    component model = Product();
    model.x <== x;
    signal bound <== C * C;
    signal saltBound <== inputSalt * inputSalt;
    signal r2 <== r * r;
    signal t2 <== model.y * r2;
    signal commitment <-- (s - t2) / r;
    commitment * r === s - t2;
}
