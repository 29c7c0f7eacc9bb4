// Times proofs of rapidsnark with a key that is loaded once. Uses the functions of its prover.h only.
//
//     rapidsnark-warm ZKEY WTNS N
//
// Prints N lines of milliseconds, one for each proof. Before each it waits for a line on standard input, so that a benchmark can alternate
// with others; at the end of input it goes on without waiting. Reading files and preparing the key is not timed.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "prover.h"

namespace {

using Bytes = std::vector<char>;

[[noreturn]] void fail(const std::string& what) {
    std::cerr << "rapidsnark-warm: " << what << '\n';
    std::exit(1);
}

Bytes readFile(const char* path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) fail(std::string("cannot read ") + path);
    Bytes bytes(static_cast<std::size_t>(file.tellg()));
    file.seekg(0);
    if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) fail(std::string("cannot read ") + path);
    return bytes;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) fail("usage: rapidsnark-warm ZKEY WTNS N");
    const Bytes zkey = readFile(argv[1]);
    const Bytes wtns = readFile(argv[2]);
    const int rounds = std::atoi(argv[3]);

    char message[1024] = "";
    unsigned long long publicCapacity = 0;
    if (groth16_public_size_for_zkey_buf(zkey.data(), zkey.size(), &publicCapacity, message, sizeof message) != PROVER_OK) {
        fail(message);
    }
    unsigned long long proofCapacity = 0;
    groth16_proof_size(&proofCapacity);
    Bytes proof(proofCapacity);
    Bytes publicSignals(publicCapacity);

    void* prover = nullptr;
    if (groth16_prover_create(&prover, zkey.data(), zkey.size(), message, sizeof message) != PROVER_OK) fail(message);
    std::string line;
    for (int round = 0; round < rounds; round++) {
        std::getline(std::cin, line);
        unsigned long long proofSize = proofCapacity;
        unsigned long long publicSize = publicCapacity;
        const auto started = std::chrono::steady_clock::now();
        const int status = groth16_prover_prove(prover, wtns.data(), wtns.size(), proof.data(), &proofSize, publicSignals.data(),
                                                &publicSize, message, sizeof message);
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - started;
        if (status != PROVER_OK) fail(message);
        std::printf("%.3f\n", elapsed.count());
        std::fflush(stdout);
    }
    groth16_prover_destroy(prover);
    return 0;
}
