using System.Diagnostics.CodeAnalysis;

namespace Skep.Debug.Debugger;

/// <summary>Which source file of a program a name means: the same path, or one that ends as the other.</summary>
internal static class SourceNames
{
    /// <summary>Finds it. False: there is none, or with a mistake, there are several.</summary>
    /// <param name="files">The files, as the compiler was given them.</param>
    /// <param name="name">A path, or the end of one.</param>
    /// <param name="isElsewhere">Whether the path may be that of another tree: then the file with the longest common end is meant.</param>
    /// <param name="file">The file.</param>
    /// <param name="mistake">That several are meant.</param>
    public static bool TryFind(
        IReadOnlyCollection<string> files, string name, bool isElsewhere, [NotNullWhen(true)] out string? file, out string? mistake)
    {
        (file, mistake) = (files.Contains(name) ? name : null, null);
        if (file is not null) return true;
        string[] wanted = Parts(name);
        var nearest = new List<string>();
        int best = 0;
        foreach (string one in files)
        {
            int common = Common(Parts(one), wanted, isElsewhere);
            if (common < Math.Max(best, 1)) continue;
            if (common > best) nearest.Clear();
            best = common;
            nearest.Add(one);
        }

        file = nearest is [var only] ? only : null;
        if (nearest.Count > 1) mistake = $"several files of the program are {name} (give one of {string.Join(", ", nearest)})";
        return file is not null;
    }

    private static string[] Parts(string path) => [.. path.Split('/').Where(part => part is not ("" or "."))];

    // How many parts are the same, from the last one; of two that are in one tree all of the shorter one.
    private static int Common(string[] a, string[] b, bool isElsewhere)
    {
        int shorter = Math.Min(a.Length, b.Length), common = 0;
        while (common < shorter && a[^(common + 1)] == b[^(common + 1)]) common++;
        return isElsewhere || common == shorter ? common : 0;
    }
}
