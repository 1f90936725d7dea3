using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Skep.Output;

namespace Skep.Agent.Web;

/// <summary>
/// Checks the parameters of a request: those that the path does not have are refused, with the names of those that it has.
/// </summary>
internal static class RequestQuery
{
    /// <summary>Whether there are only parameters of these names.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? Mistake(IQueryCollection query, params ReadOnlySpan<string> names)
    {
        foreach ((string key, StringValues _) in query)
            if (!names.Contains(key)) return Unknown(key, names.ToArray());
        return null;
    }

    /// <summary>Says that there is no parameter of a name.</summary>
    public static string Unknown(string key, IReadOnlyList<string> names)
    {
        if (names.Count == 0) return "this path takes no parameter (leave it out)";
        return $"there is no parameter of this name ({Spelling.DidYouMean(key, names) ?? "there are " + string.Join(", ", names)})";
    }

    /// <summary>Reads a number of entries.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? TryReadLast(IQueryCollection query, int most, out int last)
    {
        last = most;
        if (!query.TryGetValue("last", out StringValues value)) return null;
        return int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out last) && last > 0 && last <= most
            ? null : string.Create(CultureInfo.InvariantCulture, $"last is a number from 1 to {most}");
    }
}
