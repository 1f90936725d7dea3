using Skep.Inventory.Hidden;

namespace Skep.Inventory.Tests.Hidden;

/// <summary>What is told to be hidden, from looks that are made up.</summary>
public sealed class HiddenExaminationTests
{
    private static readonly HashSet<string> Nothing = [];

    [Fact]
    public void A_program_that_the_walk_hides_is_told_with_who_shows_it()
    {
        HiddenReport report = Examine(_ => Look(walk: ["1", "2"], iterator: ["1", "2", "3"], links: ["3"]));
        HiddenObject hidden = Assert.Single(report.Hidden);
        Assert.Equal(new HiddenKey("program", "3"), hidden.Key);
        Assert.Equal(["iterator", "links"], hidden.ShownBy);
        Assert.Equal(["id walk"], hidden.HiddenBy);
        Assert.Equal(5, report.Looks);
    }

    [Fact]
    public void A_program_that_only_a_link_shows_is_hidden_by_both_lists()
    {
        HiddenObject hidden = Assert.Single(Examine(_ => Look(walk: ["1"], iterator: ["1"], links: ["1", "9"])).Hidden);
        Assert.Equal(["links"], hidden.ShownBy);
        Assert.Equal(["id walk", "iterator"], hidden.HiddenBy);
    }

    [Fact]
    public void What_one_need_not_show_is_not_hidden_and_one_look_is_enough()
    {
        HiddenReport report = Examine(_ => Look(walk: ["1", "2"], iterator: ["2", "1"], links: ["2"]));
        Assert.Empty(report.Hidden);
        Assert.Equal(1, report.Looks);
        Assert.Contains(("program", "links", false, 1), report.Last.Sources);
        Assert.Contains(("program", "id walk", true, 2), report.Last.Sources);
    }

    [Fact]
    public void What_comes_and_goes_between_sources_is_not_told()
    {
        // Another program in each look: loaded after the walk, gone before the next.
        HiddenReport report = Examine(n => Look(walk: ["1"], iterator: ["1", $"{100 + n}"], links: []));
        Assert.Empty(report.Hidden);
        Assert.Equal(2, report.Looks);
    }

    [Fact]
    public void One_that_is_hidden_now_by_this_and_then_by_that_is_not_told() =>
        Assert.Empty(Examine(n => n % 2 == 0 ? Look(["1"], ["1", "2"], []) : Look(["1", "2"], ["1"], [])).Hidden);

    [Fact]
    public void The_hidden_one_is_told_amid_others_that_come_and_go()
    {
        HiddenReport report = Examine(n => Look(walk: ["1", $"{50 + n}"], iterator: ["1", "7", $"{100 + n}"], links: []));
        Assert.Equal("7", Assert.Single(report.Hidden).Key.Name);
    }

    [Fact]
    public void A_tag_of_programs_that_come_and_go_is_left_open()
    {
        HiddenReport report = Examine(_ => Symbols(programs: ["aa"], kallsyms: ["aa", "bb", "cc"]), ["bb"]);
        Assert.Equal("cc", Assert.Single(report.Hidden).Key.Name);
        Assert.Equal(new HiddenKey("symbol", "bb"), Assert.Single(report.Unsettled));
    }

    [Fact]
    public void An_excused_source_hides_nothing()
    {
        HiddenReport report = Examine(_ =>
        {
            ObjectSightings seen = Symbols(programs: ["aa"], kallsyms: []);
            seen.Excuse(new HiddenKey("symbol", "aa"), "kallsyms");
            return seen;
        });
        Assert.Empty(report.Hidden);
    }

    [Theory]
    [InlineData("ffffffffc0a0b0c4 t bpf_prog_6deef7357e7b4530_sd_fw_egress\t[bpf]", "6deef7357e7b4530")]
    [InlineData("0000000000000000 t bpf_prog_6deef7357e7b4530\t[bpf]", "6deef7357e7b4530")]
    [InlineData("ffffffffc0a0b0c4 t bpf_trampoline_6442536467\t[bpf]", null)]
    [InlineData("ffffffff81234567 T bpf_prog_6deef7357e7b4530_load", null)]
    [InlineData("ffffffff81234567 T bpf_prog_load", null)]
    public void The_tag_of_a_symbol_is_read(string line, string? tag) => Assert.Equal(tag, ProgramSymbols.TagOf(line));

    private static HiddenReport Examine(Func<int, ObjectSightings> look, HashSet<string>? changed = null)
    {
        int looks = 0;
        return HiddenExamination.Examine(() => look(looks++), () => changed ?? Nothing, _ => { });
    }

    private static ObjectSightings Look(string[] walk, string[] iterator, string[] links)
    {
        var seen = new ObjectSightings();
        seen.Add("program", "id walk", complete: true, walk);
        seen.Add("program", "iterator", complete: true, iterator);
        seen.Add("program", "links", complete: false, links);
        return seen;
    }

    private static ObjectSightings Symbols(string[] programs, string[] kallsyms)
    {
        var seen = new ObjectSightings();
        seen.Add("symbol", "programs", complete: true, programs);
        seen.Add("symbol", "kallsyms", complete: true, kallsyms);
        return seen;
    }
}
