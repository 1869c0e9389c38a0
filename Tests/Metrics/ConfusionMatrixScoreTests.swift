import GraftMetrics
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private struct Classifier {
  let logits, labels: Tensor
  let numbers: [Int]

  init() throws {
    let golden = try Golden.npz("metrics")
    logits = try golden.tensor(named: "class_logits")
    numbers = try golden.array(named: "class_labels").integers.map { Int($0) }
    labels = Tensor(shape: [numbers.count], integers: numbers.map(Int32.init))
  }

  func rows(inBatchesOf size: Int) -> [Range<Int>] {
    stride(from: 0, to: 40, by: size).map { $0..<min($0 + size, 40) }
  }
}

/// The matrix of the example in scikit-learn's documentation: truths 0 1 2 0 1 2, predictions 0 2 1 0 0 1.
private var documented: ConfusionMatrix {
  var matrix = ConfusionMatrix(classCount: 3)
  matrix.add(predictions: [0, 2, 1, 0, 0, 1], truths: [0, 1, 2, 0, 1, 2])
  return matrix
}

@Test(arguments: [1, 2, 3, 5])
func topKAccuracyIsThatOfNumPy(k: Int) throws {
  let data = try Classifier()
  let wanted = try Golden.npz("metrics").array(named: "class_top\(k)").doubles[0]
  for batch in [1, 7, 40] {
    var accuracy = TopKAccuracy(k: k)
    for rows in data.rows(inBatchesOf: batch) {
      accuracy.add(logits: data.logits.rows(rows), labels: data.labels.rows(rows))
    }
    expectClose(accuracy.value, wanted, within: 1e-12, "top \(k) in batches of \(batch)")
    #expect(accuracy.count == 40)
  }
}

@Test func topOneAgreesWithAccuracyOnTies() {
  let logits = Tensor(shape: [3, 3], scalars: [1, 1, 0, 0, 2, 2, 3, 3, 3])
  for numbers: [Int32] in [[0, 1, 0], [1, 2, 2], [0, 2, 1]] {
    let labels = Tensor(shape: [3], integers: numbers)
    var (top, accuracy) = (TopKAccuracy(k: 1), Accuracy())
    top.add(logits: logits, labels: labels)
    accuracy.add(logits: logits, labels: labels)
    #expect(top.correctCount == accuracy.correctCount)
  }
}

@Test func aLogitThatIsNotANumberIsNoHit() {
  var top = TopKAccuracy(k: 1)
  let logits = Tensor(shape: [2, 2], scalars: [.nan, 1, .nan, 1])
  top.add(logits: logits, labels: Tensor(shape: [2], integers: [0, 1]))
  #expect(top.correctCount == 0)
}

@Test func scoresOfClassesAreThoseOfTheDocumentedExample() {
  let matrix = documented
  #expect(matrix.precisions == [2.0 / 3, 0, 0])
  #expect(matrix.recalls == [1, 0, 0])
  #expect(matrix.f1Scores == [0.8, 0, 0])
  #expect(matrix.ious == [2.0 / 3, 0, 0])
  #expect(matrix.truthCounts == [2, 2, 2] && matrix.predictedCounts == [3, 2, 1])
  let wanted: [(ClassScoreKind, macro: Double, micro: Double)] = [
    (.precision, 2.0 / 9, 1.0 / 3), (.recall, 1.0 / 3, 1.0 / 3), (.f1, 0.8 / 3, 1.0 / 3),
    (.iou, 2.0 / 9, 0.2),
  ]
  for (kind, macro, micro) in wanted {
    expectClose(matrix.score(kind, average: .macro), macro, within: 1e-12, "macro \(kind)")
    // All three classes have two samples.
    expectClose(matrix.score(kind, average: .weighted), macro, within: 1e-12, "weighted \(kind)")
    expectClose(matrix.score(kind, average: .micro), micro, within: 1e-12, "micro \(kind)")
  }
}

/// Counted sample by sample, not from the matrix.
@Test func scoresOfClassesAreTheirDefinitions() throws {
  let data = try Classifier()
  let predictions = data.logits.indexOfMaximumAlongLastAxis()
  let pairs = Array(zip(predictions, data.numbers))
  for batch in [1, 9, 40] {
    var matrix = ConfusionMatrix(classCount: 6)
    for rows in data.rows(inBatchesOf: batch) {
      matrix.add(logits: data.logits.rows(rows), labels: data.labels.rows(rows))
    }
    var (macro, weighted, sums) = (0.0, 0.0, (hits: 0, union: 0))
    for index in 0..<6 {
      let hits = pairs.count { $0.0 == index && $0.1 == index }
      let predicted = pairs.count { $0.0 == index }
      let truths = pairs.count { $0.1 == index }
      let union = pairs.count { $0.0 == index || $0.1 == index }
      let (precision, recall) = (Double(hits) / Double(predicted), Double(hits) / Double(truths))
      expectClose(try #require(matrix.precisions[index]), precision, within: 1e-12, "precision")
      expectClose(try #require(matrix.recalls[index]), recall, within: 1e-12, "recall")
      let harmonic = 2 * precision * recall / (precision + recall)
      expectClose(try #require(matrix.f1Scores[index]), harmonic, within: 1e-12, "F1")
      expectClose(
        try #require(matrix.ious[index]), Double(hits) / Double(union), within: 1e-12, "IoU")
      macro += precision / 6
      weighted += precision * Double(truths) / 40
      sums = (sums.hits + hits, sums.union + union)
    }
    expectClose(matrix.score(.precision, average: .macro), macro, within: 1e-12, "macro")
    expectClose(matrix.score(.precision, average: .weighted), weighted, within: 1e-12, "weighted")
    expectClose(
      matrix.score(.iou, average: .micro), Double(sums.hits) / Double(sums.union), within: 1e-12, "micro")
    for kind in [ClassScoreKind.precision, .recall, .f1] {
      expectClose(matrix.score(kind, average: .micro), matrix.accuracy, within: 1e-12, "micro \(kind)")
    }
    expectClose(
      matrix.score(.recall, average: .weighted), matrix.accuracy, within: 1e-12, "weighted recall")
  }
}

@Test func undefinedScoresCountAsToldOrAreLeftOut() {
  var matrix = ConfusionMatrix(classCount: 3)
  // Nothing is predicted as class 1, and nothing is of class 2.
  matrix.add(predictions: [0, 0, 2, 0], truths: [0, 1, 0, 0])
  #expect(matrix.precisions == [2.0 / 3, nil, 0])
  #expect(matrix.recalls == [2.0 / 3, 0, nil])
  expectClose(matrix.score(.precision, average: .macro), 2.0 / 9, within: 1e-12, "0")
  expectClose(matrix.score(.precision, average: .macro, undefined: 1), 5.0 / 9, within: 1e-12, "1")
  expectClose(matrix.score(.precision, average: .macro, undefined: nil), 1.0 / 3, within: 1e-12, "out")
  // Class 0 has three samples, class 1 has one, and class 2 none.
  expectClose(matrix.score(.precision, average: .weighted), 0.5, within: 1e-12, "weighted")
  expectClose(
    matrix.score(.precision, average: .weighted, undefined: nil), 2.0 / 3, within: 1e-12, "weighted, out")
  let empty = ConfusionMatrix(classCount: 2)
  for average in ConfusionMatrix.Average.allCases { #expect(empty.score(.f1, average: average).isNaN) }
}

@Test func pixelsAreCountedAsSamplesAndIgnoredOnesAreNot() throws {
  let data = try Classifier()
  var numbers = data.numbers
  for ignored in [3, 17, 38] { numbers[ignored] = 255 }
  let labels = Tensor(shape: [2, 4, 5], integers: numbers.map(Int32.init))
  var pixels = ConfusionMatrix(classCount: 6)
  pixels.add(pixelLogits: data.logits.reshaped(to: [2, 4, 5, 6]), labels: labels, ignoredClass: 255)
  var samples = ConfusionMatrix(classCount: 6)
  let kept = (0..<40).filter { numbers[$0] != 255 }
  samples.add(logits: data.logits.rows(kept), labels: data.labels.rows(kept))
  #expect(pixels == samples && pixels.count == 37)
}
