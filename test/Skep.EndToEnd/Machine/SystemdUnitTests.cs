using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>
/// The units of test/vm/systemd below a real systemd: skep watch, which runs from early boot, names the unit to whose cgroup each program
/// is attached, and explain the directives that the programs carry out.
/// </summary>
[Trait("level", "machine")]
public sealed class SystemdUnitTests
{
    private const string Boot = "/results/boot.json", Systemd = "/usr/lib/systemd/systemd";

    [Theory]
    [InlineData("systemd-journald", "sd_fw_ingress", "IPAddressDeny=", "any")]
    [InlineData("devices", "sd_devices", "DeviceAllow=", "char 1:3 rw", "char 1:5 r", "char 136:* rw", "block *:* m")]
    [InlineData("addresses", "sd_fw_ingress", "IPAddressDeny=", "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32")]
    [InlineData("addresses", "sd_fw_egress", "IPAddressAllow=", "10.1.0.0/16", "2001:db8:1::/48")]
    [InlineData("no-addresses", "sd_fw_ingress", "IPAddressDeny=", "any")]
    [InlineData("no-addresses", "sd_fw_egress", "IPAddressAllow=", "127.0.0.0/8", "::1/128")]
    [InlineData("accounting", "sd_fw_ingress", "IPAccounting=", "yes")]
    [InlineData("accounting", "sd_fw_egress", "IPAccounting=", "yes")]
    [InlineData("ports", "sd_bind4", "SocketBindAllow=", "ipv4:tcp:443", "8000-8099")]
    [InlineData("ports", "sd_bind6", "SocketBindDeny=", "ipv6:udp:any", "any")]
    [InlineData("interfaces", "sd_restrictif_i", "RestrictNetworkInterfaces=", "lo")]
    [InlineData("no-interfaces", "sd_restrictif_e", "RestrictNetworkInterfaces=", "~lo")]
    public void A_programs_unit_and_directive_are_named(string unit, string program, string directive, params string[] values)
    {
        uint id = AttachedTo($"{unit}.service", program);
        JsonElement systemd = Explained(id).At("systemd")!.Value;
        Assert.Equal($"{unit}.service", systemd.Text("unit"));
        JsonElement found = Assert.Single(Directives(systemd), one => one.Text("directive") == directive);
        Assert.Equal(values.Order(StringComparer.Ordinal), Values(found));
    }

    [Fact]
    public void A_closed_policy_has_the_devices_that_systemd_allows_by_itself()
    {
        JsonElement found = Assert.Single(Directives(Explained(AttachedTo("closed-devices.service", "sd_devices")).At("systemd")!.Value));
        Assert.Equal("DeviceAllow=", found.Text("directive"));

        // null, zero, full, random, urandom, tty, ptmx
        Assert.Superset(
            new HashSet<string>(
                ["char 1:3 rwm", "char 1:5 rwm", "char 1:7 rwm", "char 1:8 rwm", "char 1:9 rwm", "char 5:0 rwm", "char 5:2 rwm"]),
            new HashSet<string>(Values(found)));
    }

    /// <summary>Not made by systemd, but attached: the unit's file names the pin.</summary>
    [Theory]
    [InlineData("ingress")]
    [InlineData("egress")]
    public void The_unit_that_names_a_pinned_program_is_named(string program)
    {
        JsonElement attach = Assert.Single(
            Events().Where(e => e.Text("cmd") == "prog_attach" && e.Number("pid") == 1),
            e => e.Text("attach.target") == "cgroup /system.slice/foreign.service"
                && e.Text("attach.attach_type") == $"cgroup_inet_{program}");
        uint id = (uint)attach.Number("attach.prog_id")!.Value;
        JsonElement explained = Explained(id);
        Assert.Equal(program, explained.Text("name"));
        JsonElement found = Assert.Single(Directives(explained.At("systemd")!.Value));
        Assert.Equal(
            ("foreign.service", "BPFProgram=", $"{program}:/sys/fs/bpf/{program}"),
            (explained.At("systemd")!.Value.Text("unit"), found.Text("directive"), Assert.Single(Values(found))));
    }

    [Theory]
    [InlineData("filesystems", "proc", "tmpfs/devtmpfs")]
    [InlineData("no-filesystems", "~debugfs", "~ext2/ext3/ext4")]
    public void File_systems_are_named_for_each_unit(string unit, params string[] values)
    {
        JsonElement program = Assert.Single(
            Json.Parse(Tool.Run(SkepBinary.Path, "prog", "list", "-j")).EnumerateArray(),
            one => one.Text("type") == "lsm" && one.Text("name")!.StartsWith("restrict_filesy", StringComparison.Ordinal));
        JsonElement systemd = Explained((uint)program.Number("id")!.Value).At("systemd")!.Value;
        JsonElement found = Assert.Single(Directives(systemd), one => one.Text("unit") == $"{unit}.service");
        Assert.Equal("RestrictFileSystems=", found.Text("directive"));
        Assert.Equal(values, Values(found));
    }

    [Fact]
    public void Who_is_refused_in_a_user_namespace_of_its_own_is_named()
    {
        const int nobody = 65534, patience = 60;
        Outcome refused = Tool.Try(
            "setpriv", $"--reuid={nobody}", "--clear-groups", "unshare", "--user", "--map-root-user", SkepBinary.Path, "prog", "list");
        Assert.NotEqual(0, refused.Code);
        JsonElement[] calls = [];
        Tool.Until(
            () => (calls = [.. Events().Where(e => e.Number("uid") == nobody && e.Text("error") == "EPERM")]).Length > 0,
            "the refused call", patience);
        Assert.All(calls, e => Assert.Equal(("bpf", SkepBinary.Path, "scene.service"), (e.Text("syscall"), e.Text("exe"), e.Text("unit"))));
    }

    // What watch reports: the load, and the attach that has the unit's cgroup.
    private static uint AttachedTo(string unit, string program)
    {
        JsonElement[] events = Events();
        HashSet<long> loaded =
        [
            .. events.Where(e => e.Text("cmd") == "prog_load" && e.Number("pid") == 1 && e.Text("prog.name") == program)
                .Select(e => e.Number("prog.id")).OfType<long>(),
        ];
        JsonElement[] attaches =
        [
            .. events.Where(e => Place(e)?.Text("target") is { } target && Paths(unit).Contains(target))
                .Where(e => Place(e)!.Value.Number("prog_id") is { } id && loaded.Contains(id)),
        ];
        Assert.NotEmpty(attaches);
        Assert.All(attaches, e => Assert.Equal((1, Systemd), (e.Number("pid"), e.Text("exe"))));
        return (uint)Place(attaches[^1])!.Value.Number("prog_id")!.Value;
    }

    // cg_escape(): a cgroup whose name begins like a controller's, as devices.service does, has an underscore before it.
    private static string[] Paths(string unit) => [$"cgroup /system.slice/{unit}", $"cgroup /system.slice/_{unit}"];

    private static JsonElement? Place(JsonElement e) => e.At("attach") ?? e.At("link");

    // The last line may not be whole yet.
    private static JsonElement[] Events()
    {
        string text = File.ReadAllText(Boot);
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
    }

    private static JsonElement Explained(uint id)
    {
        JsonElement explained = Json.Parse(Tool.Run(SkepBinary.Path, "prog", "explain", id.ToString(CultureInfo.InvariantCulture), "-j"));
        return explained.ValueKind == JsonValueKind.Array ? explained[0] : explained;
    }

    private static IEnumerable<JsonElement> Directives(JsonElement systemd) => systemd.At("directives")!.Value.EnumerateArray();

    private static string[] Values(JsonElement directive) =>
        [.. directive.At("values")!.Value.EnumerateArray().Select(value => value.GetString()!).Order(StringComparer.Ordinal)];
}
