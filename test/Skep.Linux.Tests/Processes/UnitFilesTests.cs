using Skep.Linux.Containers;
using Skep.Linux.Processes;

namespace Skep.Linux.Tests.Processes;

public sealed class UnitFilesTests : IDisposable
{
    private const string Directive = "BPFProgram";

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_values_are_those_of_the_units_file()
    {
        Write("usr/lib/systemd/system/web.service", "[Service]\n# BPFProgram=egress:/a\nBPFProgram = ingress:/b\nBPFProgramme=x\n");
        Assert.Equal(["ingress:/b"], Values("web.service"));
        Assert.Empty(Values("other.service"));
    }

    [Fact]
    public void A_file_of_etc_replaces_that_of_usr_and_drop_ins_follow_by_their_names()
    {
        Write("usr/lib/systemd/system/web.service", "[Service]\nBPFProgram=ingress:/usr\n");
        Write("etc/systemd/system/web.service", "[Service]\nBPFProgram=ingress:/etc\n");
        Write("usr/lib/systemd/system/web.service.d/20.conf", "[Service]\nBPFProgram=ingress:/twenty\n");
        Write("etc/systemd/system/service.d/10.conf", "[Service]\nBPFProgram=ingress:/ten\n");
        Write("run/systemd/system/web.service.d/20.conf", "[Service]\nBPFProgram=ingress:/instead\n");
        Write("run/systemd/system/web.service.d/30.txt", "[Service]\nBPFProgram=ingress:/thirty\n");
        Assert.Equal(["ingress:/etc", "ingress:/ten", "ingress:/instead"], Values("web.service"));
    }

    [Fact]
    public void An_empty_value_clears_those_before_it()
    {
        Write("etc/systemd/system/web.service", "[Service]\nBPFProgram=ingress:/a\nBPFProgram=\nBPFProgram=egress:/b\n");
        Assert.Equal(["egress:/b"], Values("web.service"));
    }

    [Fact]
    public void A_line_goes_on_behind_a_backslash()
    {
        Write("etc/systemd/system/web.service", "[Service]\nBPFProgram=\\\n; a comment\n  ingress:/a\nBPFProgram=egress:/b\n");
        Assert.Equal(["ingress:/a", "egress:/b"], Values("web.service"));
    }

    [Theory]
    [InlineData("web@one.service", "etc/systemd/system/web@.service")]
    [InlineData("web@one.service", "etc/systemd/system/web@.service.d/a.conf")]
    [InlineData("web-shop-cart.service", "etc/systemd/system/web-.service.d/a.conf")]
    [InlineData("web-shop-cart.service", "etc/systemd/system/web-shop-.service.d/a.conf")]
    [InlineData("web.slice", "run/systemd/transient/web.slice")]
    public void Templates_and_prefixes_have_files_of_their_own(string unit, string file)
    {
        Write(file, "[Service]\nBPFProgram=ingress:/a\n");
        Assert.Equal(["ingress:/a"], Values(unit));
    }

    [Fact]
    public void What_others_can_write_is_not_read()
    {
        string path = Write("etc/systemd/system/web.service", "[Service]\nBPFProgram=ingress:/a\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        Assert.Empty(Values("web.service"));
    }

    private IReadOnlyList<string> Values(string unit) => new UnitFiles(HostFiles.Below(_scratch.Path)).Values(unit, Directive);

    private string Write(string name, string text)
    {
        string path = _scratch.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
