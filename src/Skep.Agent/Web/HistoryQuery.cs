using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Skep.Agent.Query;
using Skep.Output;

namespace Skep.Agent.Web;

/// <summary>Reads what part of the history a request wants: the options of <c>skep history</c>, without the hyphens.</summary>
internal static class HistoryQuery
{
    private static readonly string[] Keys =
    [
        "since", "until", "cmd", "type", "comm", "unit", "uid", "failed", "program", "table", "rule", "severity", "policy",
        "decision", "last",
    ];

    /// <param name="query">The query.</param>
    /// <param name="byDefault">How many entries are sent when it names no number.</param>
    /// <param name="most">How many may be sent.</param>
    /// <param name="filter">What is wanted.</param>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    public static string? TryRead(IQueryCollection query, long byDefault, long most, out HistoryFilter filter)
    {
        filter = new HistoryFilter { Last = byDefault };
        foreach ((string key, StringValues values) in query)
        {
            string value = values.ToString();
            long time = 0;
            if (key is "since" or "until" && !TimeText.TryRead(value, DateTime.UtcNow, out time)) return $"{key} takes {TimeText.Wanted}";
            switch (key)
            {
                case "since": filter = filter with { Since = time }; break;
                case "until": filter = filter with { Until = time }; break;
                case "cmd": filter = filter with { Commands = Words(value) }; break;
                case "type": filter = filter with { Types = Words(value) }; break;
                case "comm": filter = filter with { Comm = value }; break;
                case "unit": filter = filter with { Unit = value }; break;
                case "program": filter = filter with { Program = value }; break;
                case "rule": filter = filter with { Rules = Words(value) }; break;
                case "severity": filter = filter with { Severities = Words(value) }; break;
                case "policy": filter = filter with { Policies = Words(value) }; break;
                case "decision": filter = filter with { Decisions = Words(value) }; break;
                case "table": filter = filter with { Table = value }; break;
                case "failed" when value is "true" or "false" or "": filter = filter with { FailedOnly = value != "false" }; break;
                case "uid" when uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint uid):
                    filter = filter with { Uid = uid };
                    break;
                case "last" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long last) && last > 0
                    && last <= most:
                    filter = filter with { Last = last };
                    break;
                case "failed": return "failed is true or false";
                case "uid": return "uid is a user id";
                case "last": return string.Create(CultureInfo.InvariantCulture, $"last is a number from 1 to {most}");
                default:
                    string? meant = Spelling.DidYouMean(key, Keys);
                    return $"there is no parameter of this name ({meant ?? "there are " + string.Join(", ", Keys)})";
            }
        }

        return null;
    }

    private static string[] Words(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
