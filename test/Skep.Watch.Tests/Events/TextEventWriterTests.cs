using System.Text.RegularExpressions;
using CsCheck;
using Skep.Linux.Containers;
using Skep.Watch.Events;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Events;

public sealed class TextEventWriterTests
{
    [Fact]
    public void A_line_says_what_happened()
    {
        Assert.Equal(
            "loader[10]               prog_load            prog 55 xdp drop tag 0011223344556677 on func 2 insns consistent "
            + "map_ids 3,4 attr 0102 = EACCES  1.23ms  (a note)\n",
            Line(SampleEvents.Load));
        Assert.Equal(
            "loader[10]               map_create           map 17 ringbuf rb key 0B value 0B max_entries 65536 flags 0x1 "
            + "x 9, 1 of them failed key 01 value 0203  800ns\n",
            Line(SampleEvents.Map));
        Assert.Equal("[10]                     link_create          link 2 xdp prog 55 xdp on eth0 (ifindex 2) btf 8 100 bytes\n",
            Line(SampleEvents.Link));
        Assert.Equal(
            "loader[10]               seccomp_set_mode_filter detach prog 1 1 classic insns RACED x from thread 11 "
            + "in place of prog 2 flags tsync,log  5s\n",
            Line(SampleEvents.Attach));
    }

    [Fact]
    public void A_line_names_the_container()
    {
        string In(ContainerIdentity container) => Line(SampleEvents.Map with
        {
            Process = SampleEvents.Process with { InContainer = container },
        });
        string id = new('a', 64);
        var user = new ContainerIdentity(id, null, "its cgroup was named by uid 1000", null);
        Assert.EndsWith("  800ns  in default/shop/web\n", In(SampleEvents.Container), StringComparison.Ordinal);
        Assert.EndsWith("  in aaaaaaaaaaaa (its cgroup was named by uid 1000)\n", In(user), StringComparison.Ordinal);
        var within = user with { Doubt = "its cgroup was named within container web", Outer = SampleEvents.Container };
        Assert.EndsWith("  in default/shop/web (and aaaaaaaaaaaa, named there)\n", In(within), StringComparison.Ordinal);
        Assert.EndsWith("  in a\\x1bb\n", In(SampleEvents.Container with { Names = new ContainerNames("a\eb") }), StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_follow_their_line()
    {
        ProgramDetails found = SampleEvents.Load.Program! with { Findings = [new ProgramFinding("reads-memory", "reads", [3, 4])] };
        Assert.EndsWith(")\n    reads-memory: reads [3 4]\n", Line(SampleEvents.Load with { Program = found }), StringComparison.Ordinal);
    }

    [Fact]
    public void Code_follows_its_line_on_request()
    {
        Assert.EndsWith(")\n   0: (b7) r0 = 4660\n   1: (95) exit\n", Line(SampleEvents.Load, withInsns: true));
        Assert.Contains("  5s\n", Line(SampleEvents.Attach, withInsns: true));
        Assert.Equal(2, Line(SampleEvents.Attach, withInsns: true).Count(c => c == '\n'));
    }

    [Fact]
    public void A_block_says_all_that_is_known()
    {
        string sha256 = SampleEvents.Load.Program!.Code!.Sha256!;
        Assert.Equal(
            $"""
            #5 prog_load  TIME
              process               loader, pid 10, tid 11, parent 1, uid 1000
              executable            /usr/bin/loader
              cgroup                /system.slice/x.service
              unit                  x.service
              container             box
              program type          xdp
              program name          drop
              program id            55
              tag                   0011223344556677
              instructions          2
              capture               consistent: why
              sha256                {sha256}
              license               GPL (GPL compatible: yes)
              expected attach type  xdp
              attach function       func
              map ids               3, 4
              verified instructions 2
              translated            16 bytes
              verifier log level    1
              attr                  0102
              note                  a note
              result                EACCES
              took                  1.23ms
               0: (b7) r0 = 4660
               1: (95) exit
              verifier log
                ... 7 bytes left out ...
                R0=0
                safe


            """,
            Block(SampleEvents.Load));
        Assert.Equal(
            """
            #8 seccomp_set_mode_filter  TIME
              process               loader, pid 10, tid 11, parent 1, uid 1000
              executable            /usr/bin/loader
              cgroup                /system.slice/x.service
              unit                  x.service
              container             box
              detached by           seccomp
              attach type           x
              target                thread 11
              program id            1
              in place of program   2
              flags                 tsync, log
              classic instructions  1
              capture               RACED: rewritten
              result                0
              took                  5s

            """.ReplaceLineEndings("\n"),
            string.Concat(Block(SampleEvents.Attach).Split('\n').Where(l => !l.StartsWith('(') && l.Length > 0).Select(l => l + "\n")));
    }

    [Theory]
    [InlineData(0L, "0ns")]
    [InlineData(999L, "999ns")]
    [InlineData(1_000L, "1us")]
    [InlineData(1_250L, "1.3us")]
    [InlineData(2_500_000L, "2.5ms")]
    [InlineData(61_000_000_000L, "61s")]
    public void Durations_have_a_unit(long ns, string text) => Assert.Equal(text, EventWords.Duration(ns));

    [Fact]
    public void No_name_reaches_a_terminal_as_a_control()
    {
        Gen.OneOf(Gen.String, Gen.Char['\0', '\u00a0'].Array[0, 20].Select(c => new string(c)),
            Gen.Char["\u202e\u2066\ue000\ufeff\u2028\x1b[31m\r\n\\"].Array[1, 9].Select(c => new string(c))).Sample(text =>
        {
            foreach (TextDetail detail in Enum.GetValues<TextDetail>())
            {
                string written = Write(SampleEvents.Named(text), detail, withInsns: true);
                Assert.DoesNotContain(written, c => c != '\n'
                    && (char.IsControl(c)
                    || c is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069' or '\u2028' or '\u2029' or '\ufeff'));
            }

            // A name cannot make a line of its own; a log has several.
            int lines = Write(SampleEvents.Named("x") with { Program = null }, TextDetail.Block, withInsns: false).Count(c => c == '\n');
            Assert.Equal(lines,
                Write(SampleEvents.Named(text.Length == 0 ? "x" : text) with { Program = null }, TextDetail.Block, withInsns: false)
                .Count(c => c == '\n'));
        });
    }

    [Fact]
    public void Colours_are_balanced()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var writer = new TextEventWriter(output, TextDetail.Line, withInsns: false, colour: true);
        writer.Write(SampleEvents.Load);
        string text = output.ToString();
        Assert.Contains("\e[31m= EACCES\e[0m", text);
        Assert.Equal(Regex.Count(text, @"\e\[[0-9;]*[1-9]m"), Regex.Count(text, @"\e\[0m"));
        Assert.Equal(Line(SampleEvents.Load), Regex.Replace(text, @"\e\[[0-9;]*m", "")[16..]);
    }

    private static string Line(BpfEvent e, bool withInsns = false) =>
        Regex.Replace(Write(e, TextDetail.Line, withInsns), @"^\d\d:\d\d:\d\d\.\d{6} ", "");

    private static string Block(BpfEvent e) =>
        Regex.Replace(Write(e, TextDetail.Block, withInsns: false), @"(?<=^#\d+ \w+  )\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", "TIME");

    private static string Write(BpfEvent e, TextDetail detail, bool withInsns)
    {
        using var output = new StringWriter { NewLine = "\n" };
        new TextEventWriter(output, detail, withInsns, colour: false).Write(e);
        return output.ToString();
    }
}
