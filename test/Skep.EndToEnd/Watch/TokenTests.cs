using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>
/// What a user without privileges does with a BPF token, in a user namespace of his own: the user and process ids are those of the first
/// namespaces, and attr has the token.
/// </summary>
[Trait("level", "kernel")]
public sealed class TokenTests
{
    private const long User = 1000, TokenFlag = 1 << 16;

    [Fact]
    public void A_load_by_token_is_the_users_own()
    {
        Watched watched = SkepBinary.Watch("", CProgram.Path("token.c"), $"{User}");
        Assert.SkipWhen(
            watched.Code != 0 || Assert.Single(watched.Answers).Number("token") == -22,
            $"the machine cannot: its kernel delegates no bpf(2) (Linux 6.9 does): {watched.Outcome.Error}");
        JsonElement answer = Assert.Single(watched.Succeeded().Answers);
        JsonElement token = watched.Only("token_create"), map = watched.Only("map_create");
        Assert.Equal(answer.Number("token"), token.Number("ret"));
        Assert.Equal(answer.Number("map"), map.Number("ret"));
        JsonElement[] loads = [.. watched.Of("prog_load")];
        Assert.Equal(["by_token", "without"], loads.Select(e => e.Text("prog.name")));
        Assert.Equal([answer.Number("prog"), -1], loads.Select(e => e.Number("ret")));
        Assert.Equal("EPERM", loads[1].Text("error"));
        Assert.All(
            [token, map, .. loads],
            e => Assert.Equal((answer.Number("pid"), User), (e.Number("pid"), e.Number("uid"))));
        Assert.Equal((answer.Number("token"), TokenFlag), (map.Number("attr.map_token_fd"), map.Number("attr.map_flags")));
        Assert.Equal((answer.Number("token"), TokenFlag), (loads[0].Number("attr.prog_token_fd"), loads[0].Number("attr.prog_flags")));
        Assert.NotNull(loads[0].Number("prog.id"));
    }

    [Fact]
    public void In_text_its_calls_are_marked()
    {
        Outcome watched = SkepBinary.Run("watch", "--", CProgram.Path("token.c"), $"{User}");
        Assert.SkipWhen(watched.Code != 0, $"the machine cannot: its kernel delegates no bpf(2) (Linux 6.9 does): {watched.Error}");
        string Line(string of) =>
            watched.Output.Split('\n').Single(line => line.Contains(of, StringComparison.Ordinal));
        Assert.Contains(" by token", Line("map_create"), StringComparison.Ordinal);
        Assert.Contains(" by token", Line("xdp by_token"), StringComparison.Ordinal);
        Assert.DoesNotContain(" by token", Line("xdp without"), StringComparison.Ordinal);
    }
}
