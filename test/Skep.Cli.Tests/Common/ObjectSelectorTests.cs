using Skep.Inventory.Objects;

namespace Skep.Cli.Tests.Common;

/// <summary>The grammar of selectors, which all kinds of objects share.</summary>
public sealed class ObjectSelectorTests
{
    private static readonly SelectableKind[] Kinds =
        [SelectableObjects.Programs().Kind, SelectableObjects.Maps().Kind, SelectableObjects.Links().Kind,
            SelectableObjects.BtfObjects().Kind];

    public static MatrixTheoryData<string, string> Ids => new([.. Kinds.Select(kind => kind.Noun)], ["id 7", "7"]);

    public static MatrixTheoryData<string, string> Keys => new([.. Kinds.Select(kind => kind.Noun)],
        [.. ((SelectorKey[])[SelectorKey.Name, SelectorKey.Tag, SelectorKey.Pinned]).Select(ObjectSelector.WordOf)]);

    [Theory]
    [MemberData(nameof(Ids))]
    public void An_id_is_given_with_its_key_or_bare(string noun, string words)
    {
        Assert.True(ObjectSelector.TryParse(words.Split(' '), Of(noun), out ObjectSelector selector, out string? mistake), mistake);
        Assert.Equal(new ObjectSelector(SelectorKey.Id, "7", 7), selector);
    }

    [Fact]
    public void The_usage_of_each_kind_names_its_keys()
    {
        Assert.Equal("id N | name NAME | tag TAG | pinned PATH | N", Kinds[0].Usage);
        Assert.Equal("id N | name NAME | pinned PATH | N", Kinds[1].Usage);
        Assert.Equal("id N | pinned PATH | N", Kinds[2].Usage);
        Assert.Equal("id N | name NAME | N", Kinds[3].Usage);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_kind_has_the_keys_that_its_usage_names(string noun, string word)
    {
        SelectableKind kind = Of(noun);
        SelectorKey key = Enum.GetValues<SelectorKey>().Single(key => ObjectSelector.WordOf(key) == word);
        bool isThere = ObjectSelector.TryParse([word, "x"], kind, out ObjectSelector selector, out string? mistake);
        Assert.Equal(kind.Has(key), isThere);
        if (isThere) Assert.Equal(new ObjectSelector(key, "x"), selector);
        else Assert.StartsWith($"a {kind.Noun} cannot be selected by {word} (give id N, ", mistake, StringComparison.Ordinal);
    }

    private static SelectableKind Of(string noun) => Kinds.Single(kind => kind.Noun == noun);

    [Theory]
    [InlineData("'id' wants what follows it (give id N, name NAME, pinned PATH, or a bare id)", "id")]
    [InlineData("'name' wants what follows it (give id N, name NAME, pinned PATH, or a bare id)", "name")]
    [InlineData("'x' is not a map id (give a number: id 5)", "id", "x")]
    [InlineData("'-1' is not a map id (give a number: id 5)", "id", "-1")]
    [InlineData("'4294967296' is not a map id (give a number: id 5)", "id", "4294967296")]
    [InlineData("'x' names no map (give id N, name NAME, pinned PATH, or a bare id)", "x")]
    [InlineData("'nam x' names no map (give id N, name NAME, pinned PATH, or a bare id)", "nam", "x")]
    [InlineData("'id 5 6' names no map (give id N, name NAME, pinned PATH, or a bare id)", "id", "5", "6")]
    public void What_is_wrong_is_said_with_the_forms_there_are(string expected, params string[] words)
    {
        Assert.False(ObjectSelector.TryParse(words, Kinds[1], out _, out string? mistake));
        Assert.Equal(expected, mistake);
    }

    [Fact]
    public void Several_of_a_name_are_listed_by_id()
    {
        var maps = SelectableObjects.Maps();
        var selector = new ObjectSelector(SelectorKey.Name, "counters");
        Assert.Equal("3 maps have the name counters: ids 4, 5, 9 (name one by its id)", maps.Ambiguous(selector, [4, 5, 9]));
        uint[] many = [.. Enumerable.Range(1, 25).Select(i => (uint)i)];
        Assert.EndsWith("18, 19, 20 and 5 more (name one by its id)", maps.Ambiguous(selector, many), StringComparison.Ordinal);
    }
}
