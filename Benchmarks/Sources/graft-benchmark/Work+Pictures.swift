import ArgumentParser
import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftTraining

extension Work {
  /// Decodes pictures and resizes them to 224×224, on one thread.
  static func decode(_ files: [URL]) -> () throws -> Void {
    return {
      for file in files { _ = try Picture(contentsOf: file).resized(width: 224, height: 224) }
    }
  }

  /// Draws faces and stores what the small VGG makes of them, in an empty folder each time.
  static func features(count: Int, _ algorithm: ConvolutionAlgorithm) throws -> () throws -> Void {
    let encoder = try VGG.small()
    let faces = SyntheticFaces(count: count).attribute
    return {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      defer { try? FileManager.default.removeItem(at: folder) }
      _ = try FeatureStore(folder: folder).features(
        of: faces, by: encoder, through: encoder.lastStage.name, convolutionAlgorithm: algorithm)
    }
  }

  /// The first so many JPEG files below a folder, by their paths.
  static func pictures(in folder: String?, count: Int) throws -> [URL] {
    guard let folder else { throw ValidationError("This work needs --images, a folder of JPEG files.") }
    let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath()
    let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    let files = (found?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "jpg" }
    guard !files.isEmpty else { throw ValidationError("There is no JPEG file below \(folder).") }
    return Array(files.sorted { $0.path < $1.path }.prefix(count))
  }

  /// What the study does, on pictures with invented classes and masks: pictures to the features of the frozen stages,
  /// gender tuning on them, features of the tuned stage, and decoder training on those.
  static func stages(
    _ model: String, _ files: [URL], _ algorithm: ConvolutionAlgorithm, genderEpochs: Int, decoderEpochs: Int
  ) throws -> () throws -> Void {
    let count = files.count
    let classes = Tensor(shape: [count], integers: (0..<count).map { Int32($0 % 2) })
    let masks = Tensor(
      shape: [count, 224, 224, 1], scalars: random([count, 224, 224, 1]).scalars.map { $0 > 0 ? 1 : 0 }
    ).converted(to: .uint8)
    return {
      let encoder = try Work.encoder(named: model)
      var context = Context.inference
      context.convolutionAlgorithm = algorithm
      let (frozen, last) = (encoder.stages[encoder.stages.count - 2].name, encoder.lastStage.name)
      func microBatches(_ size: Int) -> [[Int]] {
        stride(from: 0, to: count, by: size).map { Array($0..<min($0 + size, count)) }
      }
      let features = Tensor.concatenated(
        try microBatches(32).map { rows in
          let pictures = try rows.map {
            try Picture(contentsOf: files[$0]).resized(width: 224, height: 224)
          }
          let input = encoder.preprocessing.tensor(of: pictures)
          return encoder.features(of: input, from: nil, through: frozen, context).rowMajor
        }, alongAxis: 0)
      // As the feature store does when it is done.
      func release() {
        encoder.releaseInferenceForms()
        releaseUnusedMemory()
      }
      release()
      encoder.freeze(through: frozen)
      let gender = ClassificationNetwork.gender(encoder, poolsFeatures: Work.poolsFeatures(model))
      let tune = step(
        gender, after: frozen, features, classes, algorithm, .softmaxCrossEntropy, batchSize: 32)
      for _ in 0..<genderEpochs { try tune() }
      encoder.freeze()
      let tuned = Tensor.concatenated(
        microBatches(32).map { rows in
          encoder.features(of: features.rows(rows), from: last, through: last, context).rowMajor
        }, alongAxis: 0)
      release()
      let decoder = SegmentationNetwork(encoder: encoder)
      let train = step(decoder, after: last, tuned, masks, algorithm, .binaryCrossEntropy, batchSize: 200)
      for _ in 0..<decoderEpochs { try train() }
    }
  }

  /// The features of one picture by VGG19, whose weights are a safetensors file: from the start of the program.
  static func firstPrediction(_ options: WorkOptions) throws -> Float {
    guard let weights = options.weights, let picture = options.picture else {
      throw ValidationError("first-prediction needs --weights, a safetensors file of VGG19, and --picture.")
    }
    let encoder = try VGG.vgg19(weights: .file(weights))
    let input = encoder.preprocessing.tensor(of: [try Picture(contentsOf: URL(fileURLWithPath: picture))])
    var context = Context.inference
    context.convolutionAlgorithm = options.algorithm
    return ComputeThread.run { encoder(input, context).mean().scalar }
  }
}
