using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Tests.State;

public sealed class TableStoreTests
{
    [Theory]
    [InlineData("/proc/skep")]
    [InlineData("/dev/null/filter")]
    public void A_directory_that_cannot_be_made_is_named_with_the_remedy(string path)
    {
        var e = Assert.Throws<IOException>(() => TableStore.MakeDirectory(path, _ => { }, path));
        Assert.StartsWith($"creating {path}: ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("which has to be writable)", e.Message, StringComparison.Ordinal);
    }
}
