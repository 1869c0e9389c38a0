import Foundation
import GraftMetrics
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// Probabilities and masks of three images of two channels; the last image has no foreground.
private struct Overlap {
  let probabilities, masks: Tensor

  init() {
    var random = RandomStream(seed: 23)
    probabilities = Tensor(uniform: [3, 4, 5, 2], in: 0.1..<0.9, random: &random)
    let scalars = (0..<120).map { $0 >= 80 ? 0 : Float(random.integer(below: 2)) }
    masks = Tensor(shape: [3, 4, 5, 2], scalars: scalars)
  }

  /// The mean of a loss over images and channels, in double precision, from the three sums.
  func mean(_ loss: (_ intersection: Double, _ predicted: Double, _ truth: Double) -> Double) -> Double {
    var total = 0.0
    for start in [0, 40, 80] {
      for channel in 0..<2 {
        let places = stride(from: start + channel, to: start + 40, by: 2)
        let pixels = places.map { (Double(probabilities.scalars[$0]), Double(masks.scalars[$0])) }
        total += loss(
          pixels.reduce(0) { $0 + $1.0 * $1.1 }, pixels.reduce(0) { $0 + $1.0 },
          pixels.reduce(0) { $0 + $1.1 })
      }
    }
    return total / 6
  }
}

@Test(arguments: [0, 1, 2.5])
func overlapLossesAreTheirFormulas(smoothing: Double) throws {
  let data = Overlap()
  let dice = diceLoss(fromProbabilities: data.probabilities, data.masks, smoothing: smoothing)
  let wantedDice = data.mean { 1 - (2 * $0 + smoothing) / ($1 + $2 + smoothing) }
  expectClose(Double(dice.scalar), wantedDice, within: 1e-6, "Dice")
  let iou = softIoULoss(fromProbabilities: data.probabilities, data.masks, smoothing: smoothing)
  let wantedIoU = data.mean { 1 - ($0 + smoothing) / ($1 + $2 - $0 + smoothing) }
  expectClose(Double(iou.scalar), wantedIoU, within: 1e-6, "soft IoU")
}

@Test func softIoULossIsWhatNumPyMeasures() throws {
  let golden = try Golden.npz("metrics")
  let probabilities = try golden.tensor(named: "probabilities").reshaped(to: [8, 24, 24, 1])
  let array = try golden.array(named: "masks")
  let bytes = try array.bytes.map { $0 * 255 }
  let masks = Tensor(shape: probabilities.shape, scalarType: .uint8) { $0.copyBytes(from: bytes) }
  let names: [(String, Double)] = [("soft_iou_per_image", 0), ("soft_iou_per_image_smooth1", 1)]
  for (name, smoothing) in names {
    let ours = (0..<8).map { image in
      let loss = softIoULoss(
        fromProbabilities: probabilities.rows([image]), masks.rows([image]), smoothing: smoothing)
      return 1 - Double(loss.scalar)
    }
    expectClose(ours, try golden.array(named: name).doubles, within: 1e-6, name)
  }
}

@Test func overlapLossesHaveTheGradientsOfFiniteDifferences() throws {
  let data = Overlap()
  for smoothing in [0, 1.0] {
    try checkGradients(
      of: { diceLoss(fromProbabilities: $0[0], data.masks, smoothing: smoothing) }, at: [data.probabilities])
    try checkGradients(
      of: { softIoULoss(fromProbabilities: $0[0], data.masks, smoothing: smoothing) },
      at: [data.probabilities])
  }
}

@Test func nothingPredictedWhereNothingIsCostsNothing() throws {
  let empty = Tensor(zeros: [1, 2, 2, 1])
  for loss in [diceLoss(fromProbabilities:_:smoothing:), softIoULoss(fromProbabilities:_:smoothing:)] {
    for smoothing in [0, 1.0] {
      let tape = Tape()
      let probabilities = tape.track(empty)
      let value = loss(probabilities, empty, smoothing)
      #expect(value.scalar == 0)
      let gradient = try #require(try tape.gradients(of: value)[probabilities])
      #expect(gradient.scalars.allSatisfy { $0.isFinite })
    }
    #expect(loss(Tensor(repeating: 1, shape: [1, 2, 2, 1]), empty, 0).scalar == 1)
  }
}

// MARK: Focal loss

@Test func binaryFocalLossIsItsFormula() throws {
  var random = RandomStream(seed: 29)
  let logits = Tensor(normal: [4, 9], standardDeviation: 3, random: &random)
  let mask = (0..<36).map { _ in Float(random.integer(below: 2)) }
  let targets = Tensor(shape: [4, 9], scalars: mask)
  let settings: [(gamma: Double, alpha: Double?)] = [(2, 0.25), (2, nil), (0.5, 0.9), (0, nil)]
  for (gamma, alpha) in settings {
    let wanted = zip(logits.scalars, mask).map { logit, target in
      let p = 1 / (1 + exp(-Double(logit)))
      let (right, weight) = target == 1 ? (p, alpha ?? 1) : (1 - p, alpha.map { 1 - $0 } ?? 1)
      return -weight * pow(1 - right, gamma) * log(right)
    }
    let ours = focalLoss(fromLogits: logits, targets, gamma: gamma, alpha: alpha)
    expectClose(Double(ours.scalar), wanted.reduce(0, +) / 36, within: 1e-6, "gamma \(gamma)")
    try checkGradients(
      of: { focalLoss(fromLogits: $0[0], targets, gamma: gamma, alpha: alpha) }, at: [logits])
  }
}

/// With γ = 0, focal losses are cross entropies, whose golden gradients they share.
@Test func focalLossesWithoutFocusAreThoseOfTheFrameworks() throws {
  let cases = try Golden.cases(in: "ops")
  for name in ["bce_from_logits", "bce_from_logits_soft_targets"] {
    let golden = try #require(cases[name])
    try expectGolden(golden, targets: golden.tensor("target")) { focalLoss(fromLogits: $0, $1, gamma: 0) }
  }
  try expectGoldenRows(#require(cases["bce_from_logits_extreme"])) { focalLoss(fromLogits: $0, $1, gamma: 0) }
  let golden = try #require(cases["softmax_cross_entropy"])
  let labels = try golden.array("labels").integers.map(Int32.init)
  try expectGolden(golden, targets: Tensor(shape: [labels.count], integers: labels)) {
    softmaxFocalLoss(fromLogits: $0, $1, gamma: 0)
  }
}

@Test func softmaxFocalLossIsItsFormula() throws {
  var random = RandomStream(seed: 31)
  let logits = Tensor(normal: [2, 3, 2, 4], standardDeviation: 2, random: &random)
  let numbers = (0..<12).map { $0 == 5 ? 255 : Int32(random.integer(below: 4)) }
  let labels = Tensor(shape: [2, 3, 2], integers: numbers)
  let weights: [Float] = [1, 0.5, 2, 3]
  for gamma in [0, 0.5, 2] {
    let costs = numbers.indices.filter { numbers[$0] != 255 }.map { row in
      let powers = logits.scalars[(row * 4)..<(row * 4 + 4)].map { exp(Double($0)) }
      let p = powers[Int(numbers[row])] / powers.reduce(0, +)
      return -Double(weights[Int(numbers[row])]) * pow(1 - p, gamma) * log(p)
    }
    func ours(_ logits: Tensor) -> Tensor {
      softmaxFocalLoss(
        fromLogits: logits, labels, gamma: gamma, classWeights: weights, ignoredClass: 255)
    }
    expectClose(Double(ours(logits).scalar), costs.reduce(0, +) / 11, within: 1e-6, "gamma \(gamma)")
    try checkGradients(of: { ours($0[0]) }, at: [logits])
  }
}

@Test(arguments: [0, 0.5, 2])
func extremeLogitsHaveFiniteFocalLosses(gamma: Double) throws {
  let tape = Tape()
  let logits = tape.track(Tensor(shape: [4], scalars: [1000, -1000, 1000, -1000]))
  let binary = focalLoss(
    fromLogits: logits, Tensor(shape: [4], scalars: [1, 1, 0, 0]), gamma: gamma, alpha: 0.5)
  #expect(binary.scalar == 250)
  let slopes = try #require(try tape.gradients(of: binary)[logits])
  #expect(slopes.scalars == [0, -0.125, 0.125, 0])
  let other = Tape()
  let rows = other.track(Tensor(shape: [2, 2], scalars: [1000, 0, 1000, 0]))
  let softmax = softmaxFocalLoss(fromLogits: rows, Tensor(shape: [2], integers: [0, 1]), gamma: gamma)
  #expect(softmax.scalar == 500)
  let rowSlopes = try #require(try other.gradients(of: softmax)[rows])
  #expect(rowSlopes.scalars == [0, 0, 0.5, -0.5])
}

// MARK: Pixels

@Test func pixelsCostWhatTheirRowsCost() throws {
  let golden = try Golden.npz("metrics")
  let logits = try golden.tensor(named: "class_logits").reshaped(to: [2, 4, 5, 6])
  let numbers = try golden.array(named: "class_labels").integers.map(Int32.init)
  let wanted = try golden.array(named: "class_cross_entropy_mean").doubles[0]
  let integers = Tensor(shape: [2, 4, 5], integers: numbers)
  let bytes = Tensor(shape: [2, 4, 5, 1], scalarType: .uint8) { $0.copyBytes(from: numbers.map(UInt8.init)) }
  for labels in [integers, bytes] {
    expectClose(
      Double(pixelSoftmaxCrossEntropy(fromLogits: logits, labels).scalar), wanted, within: 1e-6, "pixels")
  }
}

@Test func ignoredPixelsCountNothing() throws {
  var random = RandomStream(seed: 37)
  let logits = Tensor(normal: [1, 2, 3, 4], random: &random)
  let tape = Tape()
  let tracked = tape.track(logits)
  let labels = Tensor(shape: [1, 2, 3], integers: [0, 255, 2, 3, 255, 1])
  let loss = pixelSoftmaxCrossEntropy(fromLogits: tracked, labels, ignoredClass: 255)
  let gradient = try #require(try tape.gradients(of: loss)[tracked]).reshaped(to: [6, 4])

  let (keptTape, kept) = (Tape(), [0, 2, 3, 5])
  let rows = keptTape.track(logits.reshaped(to: [6, 4]).rows(kept))
  let same = softmaxCrossEntropy(fromLogits: rows, Tensor(shape: [4], integers: [0, 2, 3, 1]))
  expectClose(Double(loss.scalar), Double(same.scalar), within: 1e-6, "loss")
  expectClose(
    gradient.rows(kept), try #require(try keptTape.gradients(of: same)[rows]), within: 1e-6, "gradient")
  #expect(gradient.rows([1, 4]).scalars.allSatisfy { $0 == 0 })
  try checkGradients(
    of: { pixelSoftmaxCrossEntropy(fromLogits: $0[0], labels, ignoredClass: 255) }, at: [logits])
}

@Test func aBatchOfIgnoredPixelsCostsNothing() throws {
  let tape = Tape()
  let logits = tape.track(Tensor(repeating: 1, shape: [1, 1, 2, 3]))
  let labels = Tensor(shape: [1, 1, 2], integers: [-100, -100])
  let loss = pixelSoftmaxCrossEntropy(fromLogits: logits, labels, ignoredClass: -100)
  #expect(loss.scalar == 0)
  let slopes = try #require(try tape.gradients(of: loss)[logits])
  #expect(slopes.scalars == Array(repeating: 0, count: 6))
}

@Test(.exits) func aPixelWithoutAClassEndsTheProgram() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = pixelSoftmaxCrossEntropy(
      fromLogits: Tensor(zeros: [1, 1, 2, 3]), Tensor(shape: [1, 1, 2], integers: [0, 255]))
  }
  let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  #expect(text.contains("Label 1 of the batch is 255, and the 3 classes are 0 to 2"), "\(text)")
}
