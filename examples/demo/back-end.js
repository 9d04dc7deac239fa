/** @import { DirectoryEntry } from "../../dist/readers/directory.js" */

/**
 * What an app's back end asks of the service.
 *
 * @param {string} url
 * @param {string} serviceKey
 */
export function createBackEnd(url, serviceKey) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async function request(method, path, body) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${serviceKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = /** @type {{ success: boolean, message: string, data: any }} */ (
      await response.json()
    );
    if (!answer.success) throw new Error(answer.message);
    return answer.data;
  }

  const phones = (/** @type {DirectoryEntry} */ { userId }) => `/api/v1/users/${userId}/phones`;
  return {
    /** @param {Omit<DirectoryEntry, "verifiedAt"> & { verifiedAt?: Date | undefined }} person */
    link: (person) =>
      request("PUT", `/api/v1/users/${person.userId}/phones`, {
        phoneNumber: person.phone,
        verifiedAt: person.verifiedAt,
      }),
    /** @param {DirectoryEntry} person */
    unlink: (person) => request("DELETE", phones(person), { phoneNumber: person.phone }),
    async hasDashboard() {
      const { links } = await request("GET", "/");
      return "dashboard" in links;
    },
  };
}
