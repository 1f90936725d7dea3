using System.Globalization;

namespace Skep.Watch.Output;

/// <summary>Names of devices of this network namespace: a link tells an index only, and not of which namespace.</summary>
internal static class LinkDevice
{
    private static readonly Lazy<Dictionary<uint, string>> Names = new(Read);

    /// <summary>bpftool's words: the name, <c>(unknown)</c> for a device of another namespace, <c>(detached)</c> for one that is gone.</summary>
    public static string Name(uint ifIndex) => ifIndex == 0 ? "(detached)" : Names.Value.GetValueOrDefault(ifIndex, "(unknown)");

    private static Dictionary<uint, string> Read()
    {
        var names = new Dictionary<uint, string>();
        foreach (string directory in Directory.EnumerateDirectories("/sys/class/net"))
        {
            string file = Path.Combine(directory, "ifindex");
            if (File.Exists(file) && uint.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint index))
                names[index] = Path.GetFileName(directory);
        }

        return names;
    }
}
