using Skep.Debug.Debugger;

namespace Skep.Debug.Tests.Debugger;

/// <summary>Which source file a name means.</summary>
public sealed class SourceNamesTests
{
    private static readonly string[] Files = ["/build/net/filter.c", "/build/net/parse.h", "/build/disk/filter.c", "main.c"];

    [Theory]
    [InlineData("/build/net/filter.c", "/build/net/filter.c"), InlineData("net/filter.c", "/build/net/filter.c")]
    [InlineData("./disk/filter.c", "/build/disk/filter.c"), InlineData("parse.h", "/build/net/parse.h")]
    [InlineData("/home/me/src/main.c", "main.c"), InlineData("main.c", "main.c")]
    public void It_is_the_file_whose_path_ends_as_the_name(string name, string expected) =>
        Assert.Equal((expected, null), Find(name, false));

    [Theory]
    [InlineData("home/filter.c"), InlineData("ilter.c"), InlineData("other.c"), InlineData(""), InlineData("/")]
    public void Another_name_is_none(string name) => Assert.Equal((null, null), Find(name, false));

    [Fact]
    public void Several_are_named() => Assert.Equal(
        (null, "several files of the program are filter.c (give one of /build/net/filter.c, /build/disk/filter.c)"),
        Find("filter.c", false));

    [Theory]
    [InlineData("/home/me/net/filter.c", "/build/net/filter.c"), InlineData("/home/me/x/parse.h", "/build/net/parse.h")]
    public void Of_a_copy_of_the_tree_it_is_the_one_with_the_longest_common_end(string name, string expected) =>
        Assert.Equal((expected, null), Find(name, true));

    [Fact]
    public void Of_a_copy_several_are_named_too() => Assert.Equal(
        "several files of the program are /home/x/filter.c (give one of /build/net/filter.c, /build/disk/filter.c)",
        Find("/home/x/filter.c", true).Mistake);

    private static (string? File, string? Mistake) Find(string name, bool isElsewhere) =>
        SourceNames.TryFind(Files, name, isElsewhere, out string? file, out string? mistake) ? (file, null) : (null, mistake);
}
