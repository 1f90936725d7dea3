using System.Text.Json.Nodes;
using Skep.EndToEnd.Filter;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What HTTP may change, and by whom.</summary>
public sealed class AgentChangeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rules_are_kept_where_the_configuration_allows_it(bool isAllowed)
    {
        using RunningAgent agent = new RunningAgent(isAllowed ? "[web]\nwrite = true" : "").Start();
        using var veth = new FilteredVeth();
        string path = $"/api/v1/filter/{veth.Table}/confirm";
        (string, string) token = ("Authorization", $"Bearer {agent.Token}");
        Assert.Equal(isAllowed, (bool)JsonNode.Parse(agent.GetAs("/api/v1/status").Body)!["web_write"]!);
        Apply(veth, 53, "10m");
        Assert.Equal(405, agent.GetAs(path).Status);
        Assert.Equal(401, agent.Send(HttpMethod.Post, path).Status);
        Assert.Equal(403, agent.Send(HttpMethod.Post, path, token, ("Origin", "http://elsewhere.example")).Status);
        Assert.Equal(421, agent.Send(HttpMethod.Post, path, token, ("Host", "elsewhere.example")).Status);
        Assert.NotNull(Waits(agent, veth));

        (int status, _, string body) = agent.Send(HttpMethod.Post, path, token, ("Origin", $"http://127.0.0.1:{agent.Port}"));
        if (!isAllowed)
        {
            Assert.Equal(403, status);
            Assert.Contains("web.write", body, StringComparison.Ordinal);
            Assert.NotNull(Waits(agent, veth));
            return;
        }

        Assert.Equal((200, true), (status, (bool)JsonNode.Parse(body)!["confirmed"]!));
        Assert.Null(Waits(agent, veth));
        Assert.Equal(409, agent.Send(HttpMethod.Post, path, token).Status);
        Assert.Equal(409, agent.Send(HttpMethod.Post, "/api/v1/filter/nothing/confirm", token).Status);
    }

    private static JsonNode? Waits(RunningAgent agent, FilteredVeth veth) => JsonNode.Parse(agent.GetAs("/api/v1/filter").Body)!.AsArray()
        .Single(one => (string?)one!["table"] == veth.Table)!["returns_in"];

    private static void Apply(FilteredVeth veth, int port, string time)
    {
        veth.Apply("udp dport 22 drop");
        string file = veth.File("later.skep");
        File.WriteAllText(file, $"table {veth.Table} {{\nudp dport {port} drop\n}}\n");
        Tool.Run(SkepBinary.Path, "filter", "apply", file, "--netns", veth.Namespace, "--dev", "v1", "--confirm", time);
    }
}
