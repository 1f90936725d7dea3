using System.Text;
using Skep.Linux.Guests;

namespace Skep.Linux.Tests.Guests;

/// <summary>Which files are kernels, and of which release.</summary>
public sealed class KernelImageTests
{
    [Fact]
    public void The_release_is_that_of_the_header()
    {
        Assert.Equal("6.1.0-50-cloud-amd64", KernelImage.ReleaseOf(Image("6.1.0-50-cloud-amd64 (debian@lists) #1 SMP", 0x3000)));
        Assert.Equal("", KernelImage.ReleaseOf(Image("6.1", 0)));
        Assert.Equal("", KernelImage.ReleaseOf(Image("6.1", 0xfe00)));
        Assert.Null(KernelImage.ReleaseOf("MZ"u8));
        Assert.Null(KernelImage.ReleaseOf(new byte[0x400]));
    }

    [Fact]
    public void A_file_that_is_none_is_refused_with_what_to_give()
    {
        using var scratch = new Scratch();
        Assert.Equal(
            $"reading {scratch.Write("text", "text")}: it is no kernel of x86 (give a vmlinuz or a bzImage)",
            Assert.Throws<InvalidDataException>(() => KernelImage.Read(scratch.File("text"))).Message);
        Assert.Throws<IOException>(() => KernelImage.Read(scratch.File("none")));
    }

    [Fact]
    public void Of_a_directory_they_are_in_the_order_of_their_releases_each_once()
    {
        using var scratch = new Scratch();
        Assert.Null(KernelImage.InDirectory(scratch.File("none")));
        Assert.Empty(KernelImage.InDirectory(scratch.Path)!);
        string[] names = ["vmlinuz-6.12.1", "vmlinuz-6.9.0", "config-6.9.0", "System.map-6.9.0", "bzImage"];
        foreach (string name in names) scratch.Write(name, "");
        File.CreateSymbolicLink(scratch.File("vmlinuz"), "vmlinuz-6.12.1");
        Assert.Equal(
            ["bzImage", "vmlinuz-6.9.0", "vmlinuz-6.12.1"], KernelImage.InDirectory(scratch.Path)!.Select(Path.GetFileName));
    }

    [Fact]
    public void Where_a_directory_has_none_they_are_those_of_the_directories_in_it()
    {
        using var scratch = new Scratch();
        foreach (string release in (string[])["6.12", "6.1"])
        {
            Directory.CreateDirectory(scratch.File(release));
            scratch.Write($"{release}/vmlinuz", "");
        }

        Assert.Equal(
            [scratch.File("6.1/vmlinuz"), scratch.File("6.12/vmlinuz")], KernelImage.InDirectory(scratch.Path)!);
    }

    private static byte[] Image(string version, int at)
    {
        byte[] image = new byte[0x8000];
        Encoding.ASCII.GetBytes("HdrS").CopyTo(image, 0x202);
        BitConverter.GetBytes((ushort)at).CopyTo(image, 0x20e);
        if (at > 0 && at + 0x200 < image.Length) Encoding.ASCII.GetBytes(version).CopyTo(image, at + 0x200);
        return image;
    }
}
