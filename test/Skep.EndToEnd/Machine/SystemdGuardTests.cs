using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Guard;
using Skep.EndToEnd.Support;
using Skep.EndToEnd.Watch;

namespace Skep.EndToEnd.Machine;

/// <summary>
/// The policy <c>server</c> in the kernel of a Debian: what its own tools and systemd do with BPF, and what offensive programs do.
/// </summary>
[Trait("level", "machine")]
public sealed class SystemdGuardTests(SystemdGuardTests.Server server) : IClassFixture<SystemdGuardTests.Server>
{
    // Where an emulated processor loads the largest of them.
    private const int Seconds = 8, KillAfter = 20;

    private const string Results = "/results/server.txt";

    public static TheoryData<string> Offensive => [.. OffensivePrograms.All.Select(each => each.Name)];

    [Theory, MemberData(nameof(RealTools.Titles), MemberType = typeof(RealTools))]
    public void Nothing_of_the_distributions_tools_is_denied(string title)
    {
        GuardMachine.IsRequired();
        string[] command = RealTools.Commands[title];
        string path = Tool.TryFind($"{command[0]}-libbpf") ?? Tool.TryFind(command[0]) ?? "";
        Assert.SkipWhen(path.Length == 0, $"the machine cannot: its Debian has no {command[0]}");
        Counts before = server.Count();
        Outcome outcome = Tool.Try("timeout", ["-s", "INT", "-k", $"{KillAfter}", $"{Seconds}", path, .. command[1..]]);
        Counts after = server.Count();
        IsPermitted(title, path, before, after);
        Assert.True(after.Judged > before.Judged + server.Idle, $"{title} did nothing with BPF: {outcome.Error}");
    }

    [Theory]
    [InlineData("devices")]
    [InlineData("addresses")]
    [InlineData("ports")]
    [InlineData("interfaces")]
    [InlineData("filesystems")]
    public void Nothing_of_systemd_is_denied(string unit)
    {
        GuardMachine.IsRequired();
        Counts before = server.Count();
        Tool.Run("systemctl", "restart", $"{unit}.service");
        Counts after = server.Count();
        IsPermitted($"{unit}.service", "/usr/lib/systemd/systemd", before, after);
        Assert.True(after.Judged > before.Judged + server.Idle, $"{unit}.service did nothing with BPF");
    }

    [Theory, MemberData(nameof(Offensive))]
    public void Offensive_programs_are_denied(string name)
    {
        GuardMachine.IsRequired();
        string? message = OffensivePrograms.All.First(each => each.Name == name).Message;
        string program = Repository.File($"out/vm/scenes/offensive/{name}.bpf.o");
        Assert.Equal(message is null, IsLoaded("bpftool", program));
        if (message is not null) Assert.StartsWith(message, Last().Text("message"), StringComparison.Ordinal);

        // Whatever they are, where an executable of one's own loads them.
        using var scratch = new Scratch();
        File.Copy(Tool.TryFind("bpftool")!, scratch.File("loader"));
        Assert.False(IsLoaded(scratch.File("loader"), program));
        Assert.Equal("deny", Last().Text("decision"));
        Assert.EndsWith("/loader", Last().Text("exe"), StringComparison.Ordinal);
        File.AppendAllText(Results, $"{name}: by bpftool {(message is null ? "loaded" : "denied")}, by another executable denied\n");
    }

    // Others are at work on the machine meanwhile.
    private static void IsPermitted(string what, string exe, Counts before, Counts after)
    {
        string[] denied =
        [
            .. GuardMachine.Log().Where(d => d.Number("number") > before.Recorded && d.Text("exe") == exe).Select(d => d.GetRawText()),
        ];
        File.AppendAllText(Results, $"{what}: {after.Judged - before.Judged} judged, {denied.Length} denied\n"
            + string.Concat(denied.Select(text => $"  {text}\n")));
        Assert.Empty(denied);
        Assert.Equal(before.Unjudged, after.Unjudged);
    }

    private static bool IsLoaded(string loader, string program)
    {
        const string pin = "/sys/fs/bpf/offensive";
        bool isLoaded = Tool.Try(loader, "prog", "load", program, pin).Code == 0;
        File.Delete(pin);
        return isLoaded;
    }

    private static JsonElement Last() => GuardMachine.Log()[^1];

    /// <summary>What guard has counted.</summary>
    internal sealed record Counts(long Judged, long Recorded, long Unjudged);

    /// <summary>The policy, as long as the tests of the class.</summary>
    public sealed class Server : IDisposable
    {
        private readonly GuardMachine? _guard = GuardMachine.IsPossible ? new GuardMachine() : null;

        public Server()
        {
            if (_guard is null) return;
            Tool.Run(SkepBinary.Path, "guard", "apply", Repository.File("packaging/guard/server.toml"));
            long before = Count().Judged;
            Idle = Count().Judged - before;
        }

        /// <summary>What asking for the counts adds to those that are judged.</summary>
        internal long Idle { get; }

        internal Counts Count()
        {
            JsonElement show = Json.Parse(Tool.Run(SkepBinary.Path, "guard", "show", "-j"));
            return new Counts(show.Number("judged")!.Value, show.Number("recorded")!.Value, show.Number("unjudged")!.Value);
        }

        public void Dispose() => _guard?.Dispose();
    }
}
