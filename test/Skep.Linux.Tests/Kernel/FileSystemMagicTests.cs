using System.Globalization;
using System.Text.RegularExpressions;
using Skep.Linux.Kernel;

namespace Skep.Linux.Tests.Kernel;

public sealed partial class FileSystemMagicTests
{
    // Numbers of linux/magic.h that no mounted file system has.
    private static readonly string[] NoFileSystems =
    [
        "STACK_END_MAGIC", "MTD_INODE_FS_MAGIC", "CRAMFS_MAGIC_WEND", "BALLOON_KVM_MAGIC", "ZSMALLOC_MAGIC", "Z3FOLD_MAGIC",
        "PPC_CMM_MAGIC", "FUTEXFS_SUPER_MAGIC",
    ];

    [Fact]
    public void Each_number_of_the_header_has_a_name()
    {
        const string header = "/usr/include/linux/magic.h";
        Assert.SkipUnless(File.Exists(header), "needs linux-libc-dev");
        MatchCollection defines = Define().Matches(File.ReadAllText(header));
        Assert.True(defines.Count > 60);
        Assert.Empty(
            defines.Where(d => !NoFileSystems.Contains(d.Groups[1].Value))
                .Where(d => FileSystemMagic.Name(uint.Parse(d.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                    .StartsWith("0x", StringComparison.Ordinal))
                .Select(d => d.Value));
    }

    // Those that this kernel mounts without a device, and the directory of processes.
    [Theory]
    [Trait("level", "kernel")]
    [InlineData("mqueue")]
    [InlineData("configfs")]
    [InlineData("fusectl")]
    [InlineData("tmpfs")]
    [InlineData("ramfs")]
    [InlineData("hugetlbfs")]
    [InlineData("cgroup2")]
    [InlineData("bpf")]
    [InlineData("tracefs")]
    [InlineData("debugfs")]
    [InlineData("securityfs")]
    [InlineData("sysfs")]
    [InlineData("proc")]
    [InlineData("devpts")]
    [InlineData("pstore")]
    [InlineData("binfmt_misc")]
    [InlineData("efivarfs")]
    [InlineData("binder")]
    public void The_number_of_a_mounted_one_is_the_kernels(string type)
    {
        Requires.Root();
        using var scratch = new Scratch();
        string directory = scratch.File("mount");
        Directory.CreateDirectory(directory);
        const string script = "mount -t \"$0\" none \"$1\" 2>/dev/null || exit 0; stat -f -c %t \"$1\"; umount \"$1\"";
        string number = Tool.Run("unshare", "-m", "sh", "-c", script, type, directory).Trim();
        Assert.SkipWhen(number.Length == 0, $"the machine cannot: it mounts no {type}");
        string name = FileSystemMagic.Name(uint.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Contains(type, name.Split('/'));
    }

    [GeneratedRegex(@"^#define\s+(\w*MAGIC\w*)\s+0x([0-9a-fA-F]+)\b", RegexOptions.Multiline)]
    private static partial Regex Define();
}
