import Foundation
import TestSupport
import Testing

@testable import GraftTensor

/// A convolution with all its gradients.
private func run(_ algorithm: ConvolutionAlgorithm, side: Int) throws -> [Tensor] {
  var random = RandomStream(seed: 1)
  let tape = Tape()
  let images = tape.track(Tensor(uniform: [2, side, side, 48], in: 0..<1, random: &random))
  let kernel = tape.track(Tensor(normal: [3, 3, 48, 32], standardDeviation: 0.07, random: &random))
  let result = convolution2D(images, kernel: kernel, padding: .same, algorithm: algorithm)
  let arriving = Tensor(normal: result.shape, random: &random)
  let gradients = try tape.gradients(of: result, startingFrom: arriving)
  return try [result.detached, #require(gradients[images]), #require(gradients[kernel])]
}

private func choices(side: Int) -> [String: ConvolutionAlgorithm] {
  ConvolutionChoices.known.filter { $0.key.contains("2×\(side)×\(side)×48") }
}

@Test func theFastestAlgorithmIsMeasuredOnceForEachDirection() throws {
  #expect(choices(side: 21).isEmpty)
  let first = try run(.fastest, side: 21)
  let chosen = choices(side: 21)
  #expect(chosen.count == 3)
  #expect(chosen.values.allSatisfy { [.direct, .winograd, .portableWinograd].contains($0) })
  let profile = ComputeProfile()
  let second = try profile.measure { try run(.fastest, side: 21) }
  #expect(profile.compilations == 0 && choices(side: 21) == chosen)
  for (index, expected) in try run(.direct, side: 21).enumerated() {
    expectClose(first[index], expected, within: 1e-5, "\(index)")
    expectClose(second[index], first[index], within: 0, "\(index), the second time")
  }
}

@Test(arguments: [ConvolutionAlgorithm.direct, .portableWinograd])
func choicesOfAFileAreTaken(algorithm: ConvolutionAlgorithm) throws {
  let side = algorithm == .direct ? 22 : 23
  _ = try run(.fastest, side: 24)
  let names = choices(side: 24).keys.map { $0.replacingOccurrences(of: "×24×24×", with: "×\(side)×\(side)×") }
  let kept = try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("convolutions.json")
    try record(Dictionary(uniqueKeysWithValues: names.map { ($0, algorithm) })).write(to: file)
    try ConvolutionChoices.keep(in: file)
    return try String(contentsOf: file, encoding: .utf8)
  }
  #expect(names.allSatisfy { kept.contains($0) } && kept.contains(ComputeEnvironment.current.library))
  #expect(choices(side: side).values.map(\.self) == [algorithm, algorithm, algorithm])
  let (fastest, named) = (try run(.fastest, side: side), try run(algorithm, side: side))
  for (first, second) in zip(fastest, named) { #expect(first.scalars == second.scalars) }
}

@Test func choicesOfAnotherMachineAreNot() throws {
  let own = String(decoding: try record(["a convolution of another machine": .direct]), as: UTF8.self)
  let other = own.replacingOccurrences(of: ComputeEnvironment.current.library, with: "oneDNN 0.1")
  #expect(other != own)
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("convolutions.json")
    try Data(other.utf8).write(to: file)
    try ConvolutionChoices.keep(in: file)
    // Tests beside this one measure, too, and their choices are kept in the same file from now on.
    let another = folder.appendingPathComponent("other.json")
    try Data("no JSON".utf8).write(to: another)
    #expect(throws: ConvolutionChoices.Unreadable.self) { try ConvolutionChoices.keep(in: another) }
  }
  #expect(ConvolutionChoices.known["a convolution of another machine"] == nil)
}

private func record(_ fastest: [String: ConvolutionAlgorithm]) throws -> Data {
  struct Record: Encodable {
    let environment: ComputeEnvironment
    let fastest: [String: ConvolutionAlgorithm]
  }
  return try JSONEncoder().encode(Record(environment: .current, fastest: fastest))
}
