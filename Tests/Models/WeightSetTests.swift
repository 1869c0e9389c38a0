import Foundation
import GraftModels
import TestSupport
import Testing

@Suite struct WeightSetTests {
  @Test func everyPublishedFileIsDescribedOnce() {
    #expect(Set(WeightSet.all.map(\.address)).count == WeightSet.all.count)
    for set in WeightSet.all {
      #expect(URL(string: set.address)?.lastPathComponent == set.fileName)
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
    #expect(old.architecture == "ResNet-50 (Keras until 2018, unpadded pooling)")
    #expect(new.architecture == ResNet(.resNet50, variant: .keras).architecture)
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
