using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Programs that tun devices, packet sockets and KCM sockets are given: by requests and options that few programs know.</summary>
[Trait("level", "machine"), Collection(nameof(BackendScenes))]
public sealed class WatchDeviceTests(BackendScenes scenes)
{
    private const string Fanout = "setsockopt setsockopt packet_fanout_data socket packet";

    [Fact]
    public void Each_backend_reports_the_programs_of_devices_and_sockets()
    {
        foreach (string backend in scenes.Whole)
        {
            Watched seen = scenes.Of(backend, BackendScenes.Devices);
            string[] expected =
            [
                .. Attached("tun") ? ["ioctl ioctl tunsetfilterebpf tun tap_scene of_tun",
                    "ioctl ioctl tunsetsteeringebpf tun tap_scene of_tun", "ioctl ioctl tunsetfilterebpf tun tap_scene detach"]
                    : (string[])[],
                $"{Fanout} of_fanout", $"{Fanout} 80000000000000001600000000000000",
                .. Attached("kcm") ? ["ioctl ioctl siockcmattach socket kcm of_kcm"] : (string[])[],
            ];
            Dictionary<long, string?> programs = seen.Of("prog_load").ToDictionary(
                e => e.Number("prog.id")!.Value, e => e.Text("prog.name"));
            Assert.Equal(expected, seen.Events.Where(e => e.Has("attach")).Select(e => Line(e, programs)));
            Assert.All(seen.Events.Where(e => e.Has("attach")), e => Assert.Equal((0, null), (e.Number("ret"), e.Text("error"))));

            bool Attached(string what) => seen.Output.Contains($"{what} attached", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_machine_has_the_module_of_tun() => Assert.True(File.Exists("/dev/net/tun"));

    private static string Line(JsonElement e, Dictionary<long, string?> programs)
    {
        string what = e.Number("attach.prog_id") is { } id ? programs[id]!
            : e.Has("attach.detach") ? "detach" : Convert.ToHexStringLower(e.Insns("attach.insns"));
        return $"{e.Text("syscall")} {e.Text("attach.how")} {e.Text("cmd")} {e.Text("attach.target")!.Split(" fd ")[0]} {what}";
    }
}
