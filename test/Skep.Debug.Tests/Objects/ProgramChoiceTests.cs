using Skep.Debug.Objects;

namespace Skep.Debug.Tests.Objects;

/// <summary>Which program of an object file a name means.</summary>
public sealed class ProgramChoiceTests
{
    private static readonly ProgramName[] Programs = [new("xdp", "one"), new("socket", "one"), new("tc", "two"), new("tp/a/b", "three")];

    [Theory]
    [InlineData("two", 2), InlineData("tc/two", 2), InlineData("xdp/one", 0), InlineData("socket/one", 1), InlineData("tp/a/b/three", 3)]
    public void It_is_found_by_its_name_or_by_section_and_name(string wanted, int expected)
    {
        Assert.True(ProgramChoice.TryFind(Programs, wanted, out int index, out _));
        Assert.Equal(expected, index);
    }

    [Theory]
    [InlineData(null, "it has several programs (give --prog with one of one, one, two, three)")]
    [InlineData("four", "it has no program four (it has one, one, two, three)")]
    [InlineData("socket/two", "it has no program socket/two (it has one, one, two, three)")]
    [InlineData("one", "it has 2 programs one (give --prog with one of xdp/one, socket/one)")]
    public void What_is_none_or_several_is_said(string? wanted, string expected)
    {
        Assert.False(ProgramChoice.TryFind(Programs, wanted, out int index, out string? mistake));
        Assert.Equal((-1, expected), (index, mistake));
    }

    [Fact]
    public void The_only_one_needs_no_name()
    {
        Assert.True(ProgramChoice.TryFind([new("xdp", "one")], null, out int index, out _));
        Assert.Equal(0, index);
        Assert.False(ProgramChoice.TryFind([], null, out _, out string? mistake));
        Assert.Equal("it has no programs", mistake);
    }

    [Fact]
    public void The_same_program_is_found_in_another_order()
    {
        ProgramName[] others = [new("tc", "two"), new("socket", "one"), new("xdp", "one"), new("xdp", "one")];
        ProgramName[] all = [.. Programs, new("xdp", "one")];
        Assert.Equal([2, 1, 0, -1, 3], Enumerable.Range(0, all.Length).Select(i => ProgramChoice.Counterpart(all, i, others)));
    }
}
