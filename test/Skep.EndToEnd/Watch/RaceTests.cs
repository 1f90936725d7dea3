using System.Text.Json;
using Skep.EndToEnd.Support;
using Skep.Isa;

namespace Skep.EndToEnd.Watch;

/// <summary>A thread that rewrites the instructions while the kernel reads them.</summary>
public sealed class RaceTests
{
    [Fact]
    public void A_rewritten_buffer_is_said_and_what_is_proven_is_what_the_kernel_took()
    {
        Watched watched = SkepBinary.Watch("--insns --cmd prog_load", CProgram.Path("race.c", "-lpthread"), "400").Succeeded();
        Assert.Equal(400, watched.Events.Length);
        foreach (JsonElement e in watched.Events)
        {
            if (e.Text("prog.capture") == "proven") Assert.Equal(e.Text("prog.tag"), Tag(e));
            else Assert.NotNull(e.Text("prog.capture_reason"));
        }

        Assert.Contains(watched.Events, e => e.Text("prog.capture") == "raced");
    }

    // The kernel's hash is the newer one from Linux 6.18 on.
    private static string Tag(JsonElement e)
    {
        TagHash hash = Environment.OSVersion.Version >= new Version(6, 18) ? TagHash.Sha256 : TagHash.Sha1;
        return ProgramTag.Text(ProgramTag.Compute(Decoder.Slots(e.Insns()), hash));
    }
}
