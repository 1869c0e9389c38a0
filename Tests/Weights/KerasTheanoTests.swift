import Foundation
import GraftFiles
import GraftTensor
import TestSupport
import Testing

@testable import GraftWeights

/// What Keras 2 itself makes of the kernels (Tests/Golden/generators/keras_archives.py).
private func expected(_ name: String) throws -> Tensor { try Golden.npz("keras/theano").tensor(named: name) }

private func withCopy(of source: String, called name: String, _ body: (URL) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent(name)
    try FileManager.default.copyItem(at: golden("keras/\(source)"), to: file)
    try body(file)
  }
}

@Test func kernelsOfKeras1WithTheanoBecomeTensorFlows() throws {
  try withCopy(of: "theano_keras1.h5", called: "vgg_weights_th_dim_ordering_th_kernels.h5") { url in
    let file = try KerasHDF5File(contentsOf: url)
    let kernel = try expected("kernel")
    #expect(file.shape(of: "convolution2d_1/convolution2d_1_W") == kernel.shape)
    #expect(try file.tensor(named: "convolution2d_1/convolution2d_1_W").scalars == kernel.scalars)
    #expect(try file.doubles(named: "convolution2d_1/convolution2d_1_W") == kernel.scalars.map(Double.init))
    // The rows of the dense layer after the image of five channels.
    #expect(try file.tensor(named: "dense_1/dense_1_W").scalars == expected("dense").scalars)
    #expect(try file.tensor(named: "dense_1/dense_1_b").shape == [3])
  }
}

@Test func kernelsOfTensorFlowWithChannelsFirstAreOrderedAndNotMirrored() throws {
  try withCopy(of: "theano_keras1.h5", called: "vgg_weights_th_dim_ordering_tf_kernels.h5") { url in
    let kernel = try openWeightFile(at: url).tensor(named: "convolution2d_1/convolution2d_1_W")
    #expect(kernel.scalars == (try expected("stored").transposed([2, 3, 1, 0]).scalars))
  }
}

@Test func kernelsOfKeras2WithTheanoAreMirrored() throws {
  let file = try KerasHDF5File(contentsOf: golden("keras/theano_keras2.h5"))
  let (kernel, mirrored) = (try file.tensor(named: "conv2d_1/conv2d_1/kernel"), try expected("kernel2"))
  #expect(kernel.shape == mirrored.shape && kernel.scalars == mirrored.scalars)
}

@Test func channelsFirstWithoutAWordAboutMirroringIsRefused() throws {
  let text = message { _ = try KerasHDF5File(contentsOf: golden("keras/theano_keras1.h5")) }
  #expect(text?.contains("whether they are mirrored, too, only the name of the file could tell") == true)
  #expect(text?.contains("th_dim_ordering_th_kernels.h5") == true)
}

@Test func kernelsOfTheanoWhoseOrderIsNotKnownAreRefused() throws {
  try withCopy(of: "theano_keras2.h5", called: "weights.h5") { url in
    var bytes = try Data(contentsOf: url)
    // A depthwise kernel instead: the same number of letters.
    while let place = bytes.range(of: Data("kernel".utf8)) {
      bytes.replaceSubrange(place, with: Data("mystic".utf8))
    }
    try bytes.write(to: url)
    let text = message { _ = try KerasHDF5File(Bytes(contentsOf: url), verifiesChecksums: false) }
    #expect(text?.contains("its kernels are Theano's") == true, "\(text ?? "it was accepted")")
  }
}
