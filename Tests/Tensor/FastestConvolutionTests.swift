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

@Test func theFastestAlgorithmIsMeasuredOnceForEachDirection() throws {
  let choices = ConvolutionChoices()
  let first = try run(.measured(choices), side: 21)
  let chosen = choices.known
  #expect(chosen.count == 3)
  #expect(chosen.values.allSatisfy { [.direct, .winograd, .portableWinograd].contains($0) })
  let profile = ComputeProfile()
  let second = try profile.measure { try run(.measured(choices), side: 21) }
  #expect(profile.compilations == 0 && choices.known == chosen)
  for (index, expected) in try run(.direct, side: 21).enumerated() {
    expectClose(first[index], expected, within: 1e-5, "\(index)")
    expectClose(second[index], first[index], within: 0, "\(index), the second time")
  }
}

/// Nothing that one part of a program measures changes what another part computes; what is written `.fastest` twice is measured twice.
@Test func twoRecordsKnowNothingOfEachOther() throws {
  let (own, other) = (ConvolutionChoices(), ConvolutionChoices())
  _ = try run(.measured(own), side: 20)
  #expect(own.known.count == 3 && other.known.isEmpty)
  let fastest = ConvolutionAlgorithm.fastest
  let profile = ComputeProfile()
  let (first, second) = try profile.measure { (try run(fastest, side: 20), try run(fastest, side: 20)) }
  for (one, other) in zip(first, second) { #expect(one.scalars == other.scalars) }
  guard case .measured(let shared) = fastest else { throw CancellationError() }
  #expect(shared.known.count == 3)
}

@Test func algorithmsAreWrittenByTheirNames() throws {
  #expect(
    ConvolutionAlgorithm.allCases.map(\.rawValue) == ["direct", "winograd", "portable-winograd", "fastest"])
  for algorithm in ConvolutionAlgorithm.allCases {
    #expect(ConvolutionAlgorithm(rawValue: algorithm.rawValue) == algorithm)
    let json = try JSONEncoder().encode([algorithm])
    #expect(String(decoding: json, as: UTF8.self) == "[\"\(algorithm.rawValue)\"]")
    #expect(try JSONDecoder().decode([ConvolutionAlgorithm].self, from: json) == [algorithm])
  }
  #expect(ConvolutionAlgorithm(rawValue: "slowest") == nil)
}

@Test(arguments: [ConvolutionAlgorithm.direct, .portableWinograd])
func choicesOfAFileAreTaken(algorithm: ConvolutionAlgorithm) throws {
  let measured = ConvolutionChoices()
  let side = 22
  _ = try run(.measured(measured), side: side)
  let names = Array(measured.known.keys)
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("convolutions.json")
    try record(Dictionary(uniqueKeysWithValues: names.map { ($0, algorithm) })).write(to: file)
    let choices = try ConvolutionChoices(keptIn: file)
    #expect(choices.known.values.map(\.self) == [algorithm, algorithm, algorithm])
    let (fastest, named) = (try run(.measured(choices), side: side), try run(algorithm, side: side))
    for (first, second) in zip(fastest, named) { #expect(first.scalars == second.scalars) }
    // What is found out is kept there, beside what was there.
    _ = try run(.measured(choices), side: 24)
    let kept = try String(contentsOf: file, encoding: .utf8)
    #expect(names.allSatisfy { kept.contains($0) } && kept.contains(ComputeEnvironment.current.library))
    #expect(try ConvolutionChoices(keptIn: file).known == choices.known && choices.known.count == 6)
  }
}

@Test func choicesOfAnotherMachineAreNot() throws {
  let own = String(decoding: try record(["a convolution of another machine": .direct]), as: UTF8.self)
  let other = own.replacingOccurrences(of: ComputeEnvironment.current.library, with: "oneDNN 0.1")
  #expect(other != own)
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("convolutions.json")
    try Data(other.utf8).write(to: file)
    #expect(try ConvolutionChoices(keptIn: file).known.isEmpty)
    let another = folder.appendingPathComponent("other.json")
    // A choice is one of the three: that the fastest is the fastest says nothing.
    for bytes in [Data("no JSON".utf8), try record(["a convolution": .fastest])] {
      try bytes.write(to: another)
      #expect(throws: ConvolutionChoices.Unreadable.self) { try ConvolutionChoices(keptIn: another) }
    }
  }
}

private func record(_ fastest: [String: ConvolutionAlgorithm]) throws -> Data {
  struct Record: Encodable {
    let environment: ComputeEnvironment
    let fastest: [String: ConvolutionAlgorithm]
  }
  return try JSONEncoder().encode(Record(environment: .current, fastest: fastest))
}
