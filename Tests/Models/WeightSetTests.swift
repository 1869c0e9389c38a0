import Foundation
import GraftWeights
import TestSupport
import Testing

@testable import GraftModels

@Suite struct WeightSetTests {
  @Test func everyPublishedFileIsDescribedOnce() {
    #expect(Set(WeightSet.all.map(\.address)).count == WeightSet.all.count)
    for set in WeightSet.all {
      // VGG-Face comes in an archive, which has to be unpacked.
      let isPacked = set.address.hasSuffix(".tar.gz")
      #expect(isPacked || URL(string: set.address)?.lastPathComponent == set.fileName)
      switch set.digest {
      case .md5(let digits): #expect(digits.count == 32, "\(set.name)")
      case .sha256(let digits):
        #expect(digits.count == 64, "\(set.name)")
        // torchvision puts the beginning into the name.
        #expect(set.fileName.contains(digits.prefix(8)), "\(set.name)")
      case nil: Issue.record("\(set.name) has no digest")
      }
      #expect(!set.licence.isEmpty && !set.naming.isEmpty)
    }
  }

  /// Both releases have the same name: size, digest and architecture tell them apart.
  @Test func twoReleasesOfResNet50AreToldApart() {
    let (old, new) = (WeightSet.kerasResNet50Of2018, WeightSet.kerasResNet50)
    #expect(old.fileName == new.fileName && old.address != new.address)
    #expect(old.byteCount != new.byteCount && old.digest != new.digest)
    #expect(old.architecture == ResNet(.resNet50, variant: .kerasUnpadded).architecture)
    #expect(old.architecture.title == "ResNet-50 (Keras until 2018, unpadded pooling)")
    #expect(new.architecture == ResNet(.resNet50, variant: .keras).architecture)
  }

  @Test func theFileOfTheRightSizeIsFound() throws {
    try withTemporaryFolder { folder in
      let set = WeightSet.kerasResNet50
      let byteCount = try #require(set.byteCount)
      let (near, far) = (folder.appendingPathComponent("near"), folder.appendingPathComponent("far"))
      func put(_ byteCount: Int, at path: String) throws {
        try folder.write("", to: path)
        let file = try FileHandle(forWritingTo: folder.appendingPathComponent(path))
        // A hole, which takes no space.
        try file.truncate(atOffset: UInt64(byteCount))
        try file.close()
      }
      try put(byteCount - 1, at: "near/\(set.fileName)")
      #expect {
        try WeightSource.found([set], of: "ResNet-50", in: [near, far])
      } throws: { error in
        let text = "\(error)"
        return text.contains("\(near.path)/\(set.fileName) is not it: it has another size")
      }
      try put(byteCount, at: "real.h5")
      try folder.makeFolder("far")
      let link = far.appendingPathComponent(set.fileName)
      try FileManager.default.createSymbolicLink(
        at: link, withDestinationURL: folder.appendingPathComponent("real.h5"))
      let found = try WeightSource.found([.kerasResNet50Of2018, set], of: "ResNet-50", in: [near, far])
      #expect(found.lastPathComponent == "real.h5")
    }
  }

  @Test func whatIsNotThereIsNamedWithItsAddress() {
    #expect {
      try VGG.vgg16(weights: .published(.torchvisionVGG16))
    } throws: { error in
      let text = "\(error)"
      return text.contains("https://download.pytorch.org/models/vgg16-397923af.pth")
        && text.contains(".cache/graft")
    }
    #expect(throws: WeightsNotFound.self) { try ResNet.resNet18(weights: .imageNet) }
  }
}
